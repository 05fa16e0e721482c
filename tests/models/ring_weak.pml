/* The ring of agent/pipeline/spsc_ring.h on a memory that promises no more than C++ does.
 *
 * A load of the other side's index may give any value stored since the one this thread already knows of: stores
 * travel as slowly as they like. A slot is plain memory, so that two accesses, one of them a store, must be ordered
 * by happens-before; where they are not, the program has no meaning, and the assertion fails. Happens-before is kept
 * as ThreadSanitizer keeps it: each thread counts its own steps and knows up to which step of the other it has seen;
 * a release store takes the storer's knowledge along, an acquire load that reads it takes it over. Reading without
 * acquire, or what was stored without release, gives the number and no knowledge.
 *
 *   -DBROKEN=1  publish_head relaxed
 *   -DBROKEN=2  observe_head relaxed
 *   -DBROKEN=3  publish_tail relaxed
 *   -DBROKEN=4  observe_tail relaxed
 *   -DDRAIN     the consumer drains instead of popping
 *
 * Each index has one writer, so that the values it ever had are a list, and no value comes twice: indices here
 * do not wrap (ring.pml wraps them).
 */
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef ITEMS
#define ITEMS 5
#endif
#ifndef BROKEN
#define BROKEN 0
#endif

/* What the storer knew when it stored n: its own step, carried by release stores only. 0 carries nothing. */
byte head_carries[ITEMS + 1];
byte tail_carries[ITEMS + 1];
byte head = 0; /* newest value */
byte tail = 0;
bool tail_was[ITEMS + 1]; /* a drain gives several slots back at once: the values between were never stored */

byte slot[CAPACITY];
byte written_at[CAPACITY]; /* the producer's step of its last store to the slot */
byte read_at[CAPACITY];    /* the consumer's step of its last load of it */

active proctype producer() {
  byte step = 1;      /* own */
  byte knows = 0;     /* the consumer's steps that happened before now */
  byte cached_tail = 0;
  byte seen;
  byte here = 0;
  do
  :: here == ITEMS -> break
  :: else ->
     if
     :: here - cached_tail >= CAPACITY ->
        /* any value from the last known to the newest */
        atomic {
          seen = cached_tail;
          do
          :: seen < tail -> seen++
          :: seen == cached_tail || tail_was[seen] -> break
          od;
          cached_tail = seen;
#if BROKEN != 4
          if
          :: tail_carries[seen] > knows -> knows = tail_carries[seen]
          :: else
          fi
#endif
        }
     :: else
     fi;
     if
     :: here - cached_tail >= CAPACITY /* full: try again */
     :: else ->
        atomic {
          assert(read_at[here % CAPACITY] <= knows); /* the consumer is known to have read it */
          slot[here % CAPACITY] = here + 1;
          written_at[here % CAPACITY] = step
        };
        atomic {
          here++;
#if BROKEN != 1
          head_carries[here] = step;
#endif
          head = here;
          step++
        }
     fi
  od
}

active proctype consumer() {
  byte step = 1;
  byte knows = 0; /* the producer's steps that happened before now */
  byte cached_head = 0;
  byte seen;
  byte here = 0;
  byte i;
  do
  :: here == ITEMS -> break
  :: else ->
     if
#ifdef DRAIN
     :: true ->
#else
     :: here == cached_head ->
#endif
        atomic {
          seen = cached_head;
          do
          :: seen < head -> seen++
          :: break
          od;
          cached_head = seen;
#if BROKEN != 2
          if
          :: head_carries[seen] > knows -> knows = head_carries[seen]
          :: else
          fi
#endif
        }
#ifndef DRAIN
     :: else
#endif
     fi;
     i = here;
     do
     :: i == cached_head -> break
     :: else ->
        atomic {
          assert(written_at[i % CAPACITY] <= knows); /* the producer is known to have written it */
          assert(slot[i % CAPACITY] == i + 1);
          read_at[i % CAPACITY] = step
        };
        i++;
#ifndef DRAIN
        break
#endif
     od;
     if
     :: i == here
     :: else ->
        atomic {
          here = i;
#if BROKEN != 3
          tail_carries[here] = step;
#endif
          tail = here;
          tail_was[here] = true;
          step++
        }
     fi
  od
}

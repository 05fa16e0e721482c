/* The ring of agent/pipeline/spsc_ring.h, every interleaving of its steps.
 *
 * Checks: items come out in order, none lost, none twice, no slot is written while it is read or read while it is
 * written, whether the consumer pops or drains; indices wrap many times over; what did not fit is counted and the
 * next item that fits says so.
 *
 * The memory of this model is one for all, and a store is seen at once: what happens where it is not is in
 * ring_weak.pml.
 *
 *   -DBROKEN=1  the head is published before the slot is written
 *   -DBROKEN=2  the tail is published before the slot is read
 *   -DBROKEN=3  one item more than there are slots is let in
 *   -DBROKEN=4  the gap is forgotten when it was longer than one item
 */
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef ITEMS
#define ITEMS 7
#endif
#ifndef BROKEN
#define BROKEN 0
#endif
#define MODULUS 8 /* of the indices: a power of two, at least twice the capacity */
#define AHEAD(a, b) (((a) + MODULUS - (b)) % MODULUS)
#if BROKEN == 3
#define FULL(head, tail) (AHEAD(head, tail) > CAPACITY)
#else
#define FULL(head, tail) (AHEAD(head, tail) >= CAPACITY)
#endif

byte slot[CAPACITY];
bit gap_mark[CAPACITY];
bit being_written[CAPACITY];
bit being_read[CAPACITY];
byte head = MODULUS - 1; /* begins just before the wrap */
byte tail = MODULUS - 1;
byte pushed = 0;
byte dropped = 0;
byte received = 0;
bool producer_done = false;

/* A store of several words takes time: others may look in between. */
inline write_slot(i, item, gap) {
  assert(!being_read[i] && !being_written[i]);
  being_written[i] = 1;
  slot[i] = item;
  gap_mark[i] = gap;
  being_written[i] = 0
}

active proctype producer() {
  byte cached_tail = MODULUS - 1;
  byte item = 1;
  bit lost = 0;
  byte here;
  do
  :: item > ITEMS -> break
  :: else ->
     here = head;
     if
     :: FULL(here, cached_tail) -> cached_tail = tail
     :: else
     fi;
     if
     :: FULL(here, cached_tail) ->
        dropped++;
#if BROKEN == 4
        lost = !lost
#else
        lost = 1
#endif
     :: else ->
#if BROKEN == 1
        head = (here + 1) % MODULUS;
        write_slot(here % CAPACITY, item, lost);
#else
        write_slot(here % CAPACITY, item, lost);
        head = (here + 1) % MODULUS;
#endif
        lost = 0;
        pushed++
     fi;
     item++
  od;
  producer_done = true
}

byte last = 0; /* the item that came out last */

inline read_slot(i) {
  assert(!being_written[i]);
  being_read[i] = 1;
  assert(slot[i] > last);                            /* in order, none twice */
  assert((slot[i] == last + 1) == (gap_mark[i] == 0)); /* a loss is marked, and only a loss */
  last = slot[i];
  received++;
  being_read[i] = 0
}

active proctype consumer() {
  byte cached_head = MODULUS - 1;
  byte here, i;
  bool final = false;
  do
  :: /* pop */
     here = tail;
     if
     :: here == cached_head -> cached_head = head
     :: else
     fi;
     if
     :: here == cached_head
     :: else ->
#if BROKEN == 2
        tail = (here + 1) % MODULUS;
        read_slot(here % CAPACITY)
#else
        read_slot(here % CAPACITY);
        tail = (here + 1) % MODULUS
#endif
     fi
  :: /* drain; the one after the producer's end is the last */
     final = producer_done;
     here = tail;
     cached_head = head;
     i = here;
     do
     :: i == cached_head -> break
     :: else ->
        read_slot(i % CAPACITY);
        i = (i + 1) % MODULUS
     od;
     tail = cached_head;
     if
     :: final -> break
     :: else
     fi
  od;
  assert(received == pushed);
  assert(pushed + dropped == ITEMS)
}

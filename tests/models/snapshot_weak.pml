/* The board's block of agent/pipeline/seqlock_block.h on a memory that promises no more than C++ does.
 *
 * Each atomic has the list of all values it ever had. A thread knows, for each of them, up to which entry it has
 * seen; a load may give that entry or any newer one, so that stores travel as slowly as they like and in any order. A
 * release store takes along all that the writer knows at that moment, and an acquire load that reads it takes it
 * over. This is what the readers' side of the C++ memory model allows for atomics with one writer.
 *
 * There is no ThreadSanitizer for this: the words are atomics, so a torn copy is no race. Here it fails an assertion.
 *
 *   -DBROKEN=1  store_word relaxed
 *   -DBROKEN=2  load_word relaxed
 *   -DBROKEN=3  publish_sequence relaxed
 *   -DBROKEN=4  observe_sequence relaxed
 *
 * A processor may also carry out a relaxed load after the loads that follow it in the text. That is the same as both
 * being carried out late and in order, the second giving an old entry: so no reordering is needed beside this.
 */
#ifndef WRITES
#define WRITES 3
#endif
#ifndef READS
#define READS 2
#endif
#ifndef BROKEN
#define BROKEN 0
#endif
#define WORDS 2
#define SEQUENCE WORDS /* place of the sequence among the atomics */
#define ATOMICS (WORDS + 1)
#define ENTRIES (2 * WRITES + 1)

/* Entry n of a word has the value n, of the sequence too: the n-th store stores n. */
byte newest[ATOMICS];
/* What an entry carries: up to which entry of each atomic the storer knew. 0 carries nothing. */
typedef Knowledge { byte up_to[ATOMICS] };
typedef List { Knowledge carried[ENTRIES] };
List atomics[ATOMICS];

/* The writer has seen all it stored itself: what it knows is `newest`. */
inline store_release(which) {
  d_step {
    newest[which]++;
    j = 0;
    do
    :: j == ATOMICS -> break
    :: else -> atomics[which].carried[newest[which]].up_to[j] = newest[j]; j++
    od;
    j = 0
  }
}
inline store_relaxed(which) { newest[which]++ }

#if BROKEN == 1
#define store_word store_relaxed
#else
#define store_word store_release
#endif
#if BROKEN == 3
#define publish_sequence store_relaxed
#else
#define publish_sequence store_release
#endif

active proctype writer() {
  byte number = 0;
  byte i, j;
  do
  :: number == WRITES -> break
  :: else ->
     number++;
     store_relaxed(SEQUENCE); /* odd */
     i = 0;
     do
     :: i == WORDS -> break
     :: else -> store_word(i); i++
     od;
     publish_sequence(SEQUENCE) /* even */
  od
}

inline choose(which, into) {
  into = knows.up_to[which];
  do
  :: into < newest[which] -> into++
  :: break
  od;
  knows.up_to[which] = into
}
inline load_relaxed(which, into) {
  atomic { choose(which, into) }
}
inline load_acquire(which, into) {
  atomic {
    choose(which, into);
    j = 0;
    do
    :: j == ATOMICS -> break
    :: else ->
       if
       :: atomics[which].carried[into].up_to[j] > knows.up_to[j] ->
          knows.up_to[j] = atomics[which].carried[into].up_to[j]
       :: else
       fi;
       j++
    od;
    j = 0
  }
}

#if BROKEN == 2
#define load_word load_relaxed
#else
#define load_word load_acquire
#endif
#if BROKEN == 4
#define observe_sequence load_relaxed
#else
#define observe_sequence load_acquire
#endif

active proctype reader() {
  Knowledge knows;
  byte copy[WORDS];
  byte before, after, i, j;
  byte kept = 0;
  byte reads = 0;
  do
  :: reads == READS -> break
  :: else ->
     observe_sequence(SEQUENCE, before);
     if
     :: before % 2 == 1
     :: else ->
        i = 0;
        do
        :: i == WORDS -> break
        :: else -> load_word(i, copy[i]); i++
        od;
        load_relaxed(SEQUENCE, after);
        if
        :: after != before
        :: else ->
           d_step {
             assert(copy[0] == copy[1]);
             assert(copy[0] * 2 == before);
             assert(copy[0] >= kept);
             kept = copy[0];
             reads++
           }
        fi
     fi
  od
}

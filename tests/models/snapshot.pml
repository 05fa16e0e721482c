/* The board's block of agent/pipeline/seqlock_block.h: one writer, two readers, every interleaving.
 *
 * Checks: a copy that a reader keeps is of one write, and never older than the one it kept before; no reader waits
 * for ever once the writer pauses.
 *
 * The memory of this model is one for all, and a store is seen at once: what happens where it is not is in
 * snapshot_weak.pml.
 *
 *   -DBROKEN=1  the sequence is not made odd before the words are stored
 *   -DBROKEN=2  the reader does not look at the sequence again
 *   -DBROKEN=3  the reader does not mind an odd sequence
 *   -DBROKEN=4  the writer goes away in the middle of its last write (readers then wait for ever; with -DLIVENESS)
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

byte sequence = 0;
byte word[WORDS];
byte readers_done = 0;

active proctype writer() {
  byte number = 0;
  byte i;
  byte was;
  do
  :: number == WRITES -> break
  :: else ->
     number++;
     was = sequence;
#if BROKEN != 1
     sequence = was + 1;
#endif
     i = 0;
     do
     :: i == WORDS -> break
     :: else -> word[i] = number; i++
     od;
#if BROKEN == 4
     if
     :: number == WRITES -> break
     :: else
     fi;
#endif
     sequence = was + 2
  od
}

active [2] proctype reader() {
  byte copy[WORDS];
  byte before, i;
  byte kept = 0;
  byte reads = 0;
  do
  :: reads == READS -> break
  :: else ->
     before = sequence;
     if
#if BROKEN != 3
     :: before % 2 == 1 /* a write is under way: try again */
#endif
     :: else ->
        i = 0;
        do
        :: i == WORDS -> break
        :: else -> copy[i] = word[i]; i++
        od;
        if
#if BROKEN != 2
        :: sequence != before /* a write came between: try again */
#endif
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
  od;
  readers_done++
}

#ifdef LIVENESS
/* In every run that gives each process its turn, since the writer pauses in the end. */
ltl every_read_ends { <> (readers_done == 2) }
#endif

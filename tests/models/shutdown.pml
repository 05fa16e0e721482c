/* The end of the agent: agent/commands/run.cpp stops the collectors, waits for them, then stops the engine
 * (agent/engine_thread.cpp) and waits for it.
 *
 * Checks: everything a collector pushed has been through a tick when the engine is gone, and nobody waits for ever.
 * The head's new values travel as slowly as they like, as in ring_weak.pml, unless something carries them.
 *
 *   -DBROKEN=1  no tick after the engine has seen that it is to stop
 *   -DBROKEN=2  the engine is stopped before the collectors
 *   -DBROKEN=3  the order to stop is given relaxed: it does not carry what the collectors pushed
 *   -DBROKEN=4  a collector that looks for its order only when it has just been answered
 */
#ifndef BROKEN
#define BROKEN 0
#endif
#define COLLECTORS 2
#define SAMPLES 2 /* at most, of each collector */

byte head[COLLECTORS];  /* pushed by each: the newest value of its ring's head */
byte known[COLLECTORS]; /* up to where the engine knows of it */
byte tail[COLLECTORS];  /* taken by the engine */
bool stop_collectors = false;
bool stop_engine = false;
byte collectors_gone = 0;
bool engine_gone = false;
bool agent_gone = false;

active [COLLECTORS] proctype collector() {
  byte pushed = 0;
  do
  :: stop_collectors -> break
#if BROKEN == 4
  :: pushed < SAMPLES ->
     /* waits for the device's answer, which never comes */
     (false)
#endif
  :: !stop_collectors && pushed < SAMPLES ->
     if
     :: pushed++; head[_pid]++ /* answered */
     :: skip                   /* not answered in time */
     fi
  od;
  collectors_gone++
}

inline tick() {
  ring = 0;
  do
  :: ring == COLLECTORS -> break
  :: else ->
     atomic {
       do
       :: known[ring] < head[ring] -> known[ring]++
       :: break
       od
     };
     tail[ring] = known[ring];
     ring++
  od;
  ring = 0
}

active proctype engine() {
  byte ring;
  do
  :: stop_engine ->
#if BROKEN != 3
     /* acquire: all that was known to the one who gave the order */
     d_step {
       ring = 0;
       do
       :: ring == COLLECTORS -> break
       :: else -> known[ring] = head[ring]; ring++
       od;
       ring = 0
     };
#endif
     break
  :: else -> tick()
  od;
#if BROKEN != 1
  tick();
#endif
  engine_gone = true
}

active proctype agent() {
#if BROKEN == 2
  stop_engine = true;
  engine_gone;
  stop_collectors = true;
  collectors_gone == COLLECTORS;
#else
  stop_collectors = true;
  collectors_gone == COLLECTORS;
  stop_engine = true;
  engine_gone;
#endif
  assert(tail[0] == head[0] && tail[1] == head[1]);
  agent_gone = true
}

#ifdef LIVENESS
/* In every run that gives each process its turn. */
ltl the_agent_ends { <> agent_gone }
#endif

/*
 * lane.pml: what becomes of an entry between dispatch and the output, while workers, leaders and the store fail.
 *
 * One slice whose positions are 0, 1, ...: numbering and takeover are takeover.pml's. One leader process, which
 * retains everything and may at any moment be superseded by itself under a new epoch (the old one's calls stay under way),
 * two workers, and a store that may go back once to an earlier moment of itself. Every call is sent, travels, and may be applied
 * late, twice, or after its sender died.
 *
 * -DHOLE_CONTENT takes one repair back, -DBUG_x plants a mistake.
 */
#ifndef MESSAGES
#define MESSAGES 3
#endif
#ifndef REGRESSES
#define REGRESSES 1
#endif
#ifndef DEATHS
#define DEATHS 1         /* workers that start over with nothing in hand, as a new incarnation */
#endif
#ifndef LOSSES
#define LOSSES 1         /* workers that the leader takes for dead, rightly or not */
#endif
#ifndef LEADERS
#define LEADERS 2        /* epochs in all */
#endif
#ifndef LOST
#define LOST 1           /* replies lost, each followed by the same call again */
#endif
#define JOINS (WORKERS + DEATHS + LOSSES + 1)
#define WORKERS 2
#define MOST_CRASHES 2   /* at this many an entry becomes a dead letter */
#define WAITING WORKERS  /* the waiting list is one more list behind the lanes */
#define LISTS (WORKERS + 1)

#include "store.pml"

/* ---- the store, and an earlier moment of it ---- */
#define L(t, l) ((t) * LISTS + (l))
#define E(t, l, i) (L(t, l) * MESSAGES + (i))
#define W(t, w) ((t) * WORKERS + (w))
byte epoch[2], watermark[2];
byte length[2 * LISTS];
byte entry[2 * LISTS * MESSAGES];     /* message plus one; oldest first */
byte crashed[2 * MESSAGES];           /* crash marks, which travel with the entry */
byte incarnation[2 * WORKERS], laneEpoch[2 * WORKERS], head[2 * WORKERS], fetched[2 * WORKERS];
bool live[2 * WORKERS];
byte output[2 * MESSAGES];            /* how often a message is in the output */
byte dead[2];                         /* bit m: message m is a dead letter */
byte dispatched[2], committed[2], buried[2];   /* the ledger */
bool remembered;
byte incarnations;                    /* ids given out: random in life, never given twice */

/* ---- the leader and its call ---- */
byte myEpoch, expected;
typedef Dispatch { bool on; byte epoch, expected, list }
Dispatch sent;                        /* of the leader now */
Dispatch late;                        /* of the leader before it */

/* ---- the workers: at most one entry in hand, at most one call under way ---- */
byte mine[WORKERS], myLaneEpoch[WORKERS], myHead[WORKERS], hand[WORKERS];
typedef Commit { bool on; byte incarnation, laneEpoch, head, message }
Commit commit[WORKERS];

byte regresses, deaths, losses, lost;

inline copyStore(from, to) {
  epoch[to] = epoch[from]; watermark[to] = watermark[from]; dead[to] = dead[from];
  dispatched[to] = dispatched[from]; committed[to] = committed[from]; buried[to] = buried[from];
  for (i : 0 .. LISTS - 1) {
    length[L(to, i)] = length[L(from, i)];
    for (j : 0 .. MESSAGES - 1) { entry[E(to, i, j)] = entry[E(from, i, j)] }
  }
  for (i : 0 .. WORKERS - 1) {
    incarnation[W(to, i)] = incarnation[W(from, i)]; laneEpoch[W(to, i)] = laneEpoch[W(from, i)];
    head[W(to, i)] = head[W(from, i)]; fetched[W(to, i)] = fetched[W(from, i)]; live[W(to, i)] = live[W(from, i)]
  }
  for (i : 0 .. MESSAGES - 1) {
    output[(to) * MESSAGES + i] = output[(from) * MESSAGES + i]; crashed[(to) * MESSAGES + i] = crashed[(from) * MESSAGES + i]
  }
  i = 0; j = 0
}

/* What cannot come back any more is cleared, so that equal states look equal. */
inline forgetThen() {
  remembered = false;
  epoch[THEN] = 0; watermark[THEN] = 0; dead[THEN] = 0; dispatched[THEN] = 0; committed[THEN] = 0; buried[THEN] = 0;
  for (i : 0 .. LISTS - 1) {
    length[L(THEN, i)] = 0;
    for (j : 0 .. MESSAGES - 1) { entry[E(THEN, i, j)] = 0 }
  }
  for (i : 0 .. WORKERS - 1) {
    incarnation[W(THEN, i)] = 0; laneEpoch[W(THEN, i)] = 0; head[W(THEN, i)] = 0; fetched[W(THEN, i)] = 0;
    live[W(THEN, i)] = false
  }
  for (i : 0 .. MESSAGES - 1) { output[THEN * MESSAGES + i] = 0; crashed[THEN * MESSAGES + i] = 0 }
  i = 0; j = 0
}

inline push(l, m) { entry[E(NOW, l, length[L(NOW, l)])] = m + 1; length[L(NOW, l)]++ }

inline pop(l) {
  m = entry[E(NOW, l, 0)] - 1;
  for (j : 1 .. MESSAGES - 1) { entry[E(NOW, l, j - 1)] = entry[E(NOW, l, j)] }
  entry[E(NOW, l, MESSAGES - 1)] = 0; length[L(NOW, l)]--
}

/* B, D and L after every write: the books balance, and each message before the watermark is in one place exactly. */
inline check() {
  assert(dispatched[NOW] == committed[NOW] + buried[NOW] + length[L(NOW, 0)] + length[L(NOW, 1)] + length[L(NOW, WAITING)]);
  for (i : 0 .. MESSAGES - 1) {
    places = output[i] + ((dead[NOW] >> i) & 1);
    for (j : 0 .. LISTS * MESSAGES - 1) { places = places + (entry[j] == i + 1 -> 1 : 0) }
    assert(places == (i < watermark[NOW] -> 1 : 0))
  }
  places = 0; i = 0; j = 0
}

/* What was in a worker's hands when it was lost gets a crash mark; one with too many becomes a dead letter. */
inline markOrBury(l) {
  crashed[m]++;
  if
  :: crashed[m] >= MOST_CRASHES -> dead[NOW] = dead[NOW] | (1 << m); buried[NOW]++
  :: else -> push(l, m)
  fi
}

/* ---- dispatch ---- */
inline arrive(call) {
  gone = (call.epoch != epoch[NOW]);
  if
#ifdef BUG_NO_EPOCH
  :: false
#else
  :: gone
#endif
#ifdef BUG_NO_EXPECTED
  :: !gone && false
#else
  :: !gone && watermark[NOW] != call.expected        /* already, or conflict: nothing is written */
#endif
  :: else ->
      /* a lane without a live worker refuses; the model's leader then lets the entry wait */
      assert(!gone);                                 /* F */
      target = (call.list == WAITING || live[W(NOW, call.list)] -> call.list : WAITING);
      m = call.expected;
      printf("m%d goes to list %d under epoch %d\n", m, target, call.epoch);
      push(target, m);
      assert(call.expected + 1 > watermark[NOW]);    /* M */
      watermark[NOW] = call.expected + 1;
      dispatched[NOW]++;
      m = 0; target = 0
  fi;
  check()
}
#define DONE(call) call.on = false; call.epoch = 0; call.expected = 0; call.list = 0

inline reassign(w, other) {
#ifndef BUG_REASSIGN_UNFENCED
  live[W(NOW, w)] = false;
#endif
  target = (live[W(NOW, other)] -> other : WAITING);
  do
  :: length[L(NOW, w)] > 0 ->
      pop(w);
      if
      :: head[W(NOW, w)] < fetched[W(NOW, w)] -> markOrBury(target)
      :: else -> push(target, m)
      fi;
#ifndef BUG_REASSIGN_UNFENCED
      head[W(NOW, w)]++
#else
      skip
#endif
  :: else -> break
  od;
  fetched[W(NOW, w)] = head[W(NOW, w)];
#ifndef BUG_REASSIGN_UNFENCED
  laneEpoch[W(NOW, w)]++; incarnation[W(NOW, w)] = 0;
#endif
  check(); m = 0; target = 0
}

proctype Leader() {
  byte i, j, m, places, target;
  bool gone;
end:
  do
  :: d_step { myEpoch == epoch[NOW] && expected != watermark[NOW] && !sent.on -> expected = watermark[NOW] }  /* renew */
  :: d_step { !sent.on && expected < MESSAGES -> sent.on = true; sent.epoch = myEpoch; sent.expected = expected; sent.list = 0 }
  :: d_step { !sent.on && expected < MESSAGES -> sent.on = true; sent.epoch = myEpoch; sent.expected = expected; sent.list = 1 }
  :: d_step { !sent.on && expected < MESSAGES && !live[W(NOW, 0)] ->
        sent.on = true; sent.epoch = myEpoch; sent.expected = expected; sent.list = WAITING }
  :: atomic { sent.on -> arrive(sent);
        if
        :: lost < LOST -> lost++
        :: DONE(sent); expected = watermark[NOW]
        fi; gone = false }
  :: atomic { late.on -> arrive(late); DONE(late); gone = false }

  /* Another leads: its epoch is above all it ever heard of, also after the store went back. */
  :: d_step { myEpoch < LEADERS && !late.on ->
        late.on = sent.on; late.epoch = sent.epoch; late.expected = sent.expected; late.list = sent.list; DONE(sent);
        myEpoch++; epoch[NOW] = myEpoch; expected = watermark[NOW] }
  :: d_step { epoch[NOW] < myEpoch && !late.on -> DONE(sent); epoch[NOW] = myEpoch; expected = watermark[NOW] }

  /* waiting entries are dealt */
  :: d_step { length[L(NOW, WAITING)] > 0 && live[W(NOW, 0)] && myEpoch == epoch[NOW] ->
        pop(WAITING); push(0, m); check(); m = 0 }

  /* A worker is taken for dead, rightly or not: fenced first, then its entries move on. */
  :: d_step { losses < LOSSES && live[W(NOW, 0)] && myEpoch == epoch[NOW] -> losses++; reassign(0, 1) }
  :: d_step { losses < LOSSES && live[W(NOW, 1)] && myEpoch == epoch[NOW] -> losses++; reassign(1, 0) }
  od
}

/* ---- the worker ---- */
#ifdef HOLE_CONTENT
#define SAME(w) true              /* as first told: incarnation, lane epoch and head say it all */
#else
#define SAME(w) (entry[E(NOW, w, 0)] == commit[w].message)   /* the entry that leaves is the one that was processed */
#endif

inline stopWork(w) { mine[w] = 0; myLaneEpoch[w] = 0; myHead[w] = 0; hand[w] = 0 }

inline join(w) {
  incarnations++;
  if
  :: fetched[W(NOW, w)] > head[W(NOW, w)] && length[L(NOW, w)] > 0 ->
      crashed[entry[E(NOW, w, 0)] - 1]++;
      if
      :: crashed[entry[E(NOW, w, 0)] - 1] >= MOST_CRASHES ->
          pop(w); dead[NOW] = dead[NOW] | (1 << m); buried[NOW]++; head[W(NOW, w)]++; m = 0
      :: else
      fi
  :: else
  fi;
  fetched[W(NOW, w)] = head[W(NOW, w)];
  incarnation[W(NOW, w)] = incarnations; laneEpoch[W(NOW, w)]++; live[W(NOW, w)] = true;
  mine[w] = incarnations; myLaneEpoch[w] = laneEpoch[W(NOW, w)]; myHead[w] = head[W(NOW, w)]; hand[w] = 0;
  check()
}

#define MINE(w) (mine[w] != 0 && mine[w] == incarnation[W(NOW, w)] && myLaneEpoch[w] == laneEpoch[W(NOW, w)] && \
    live[W(NOW, w)])

inline deliver(w) {
  gone = (commit[w].incarnation != incarnation[W(NOW, w)] || commit[w].laneEpoch != laneEpoch[W(NOW, w)] ||
      !live[W(NOW, w)]);
  stale = gone;
  if
  :: gone
#ifndef BUG_NO_HEAD
  :: !gone && head[W(NOW, w)] != commit[w].head ->
      stale = (head[W(NOW, w)] != commit[w].head + 1)        /* a conflict, or applied already */
#endif
#ifdef BUG_NO_HEAD
  :: !gone && length[L(NOW, w)] == 0
  :: !gone && length[L(NOW, w)] > 0 ->
#else
  :: !gone && head[W(NOW, w)] == commit[w].head && !(length[L(NOW, w)] > 0 && SAME(w)) -> stale = true
  :: !gone && head[W(NOW, w)] == commit[w].head && length[L(NOW, w)] > 0 && SAME(w) ->
#endif
      pop(w);
      output[commit[w].message - 1]++;
      printf("w%d commits m%d, m%d leaves its lane\n", w, commit[w].message - 1, m); head[W(NOW, w)]++; committed[NOW]++; m = 0;
      assert(head[W(NOW, w)] > commit[w].head)               /* M */
  fi;
  check();
  if
  :: lost < LOST -> lost++
  :: if
     :: mine[w] == commit[w].incarnation ->
         if
         :: stale -> stopWork(w)
         :: else -> hand[w] = 0; myHead[w] = commit[w].head + 1
         fi
     :: else
     fi;
     commit[w].on = false; commit[w].incarnation = 0; commit[w].laneEpoch = 0; commit[w].head = 0; commit[w].message = 0
  fi;
  gone = false; stale = false
}

proctype Worker(byte w) {
  byte i, j, m, places;
  bool gone, stale;
end:
  do
  :: d_step { mine[w] == 0 && incarnations < JOINS -> join(w) }
  :: d_step { MINE(w) && hand[w] == 0 && !commit[w].on && head[W(NOW, w)] == myHead[w] && length[L(NOW, w)] > 0 ->
        hand[w] = entry[E(NOW, w, 0)]; fetched[W(NOW, w)] = head[W(NOW, w)] + 1; printf("w%d takes m%d at head %d\n", w, hand[w] - 1, myHead[w]) }
  :: d_step { hand[w] != 0 && !commit[w].on ->
        commit[w].on = true; commit[w].incarnation = mine[w]; commit[w].laneEpoch = myLaneEpoch[w];
        commit[w].head = myHead[w]; commit[w].message = hand[w] }
  :: atomic { commit[w].on -> deliver(w) }
  :: d_step { mine[w] != 0 && !commit[w].on && (!MINE(w) || head[W(NOW, w)] != myHead[w]) -> stopWork(w) }  /* beat, read */
  :: d_step { deaths < DEATHS && mine[w] != 0 -> deaths++; stopWork(w) }
  od
}

proctype Store() {
  byte i, j, places;
end:
  do
  :: d_step { !remembered && regresses < REGRESSES -> printf("(the moment to which the store will go back)\n"); copyStore(NOW, THEN); remembered = true }
  :: d_step { remembered && regresses < REGRESSES -> printf("the store goes back\n"); copyStore(THEN, NOW); regresses++; forgetThen(); check() }
  od
}

init {
  d_step { epoch[NOW] = 1; myEpoch = 1 }
  atomic { run Leader(); run Worker(0); run Worker(1); run Store() }
}

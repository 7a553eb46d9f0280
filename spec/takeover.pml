/*
 * takeover.pml: who may dispatch what, and under which number.
 *
 * One ordered channel (the flow), DISPATCHERS dispatchers that hear it at their own pace, one slice of the store. Every
 * action is one atomic step; a process that is slow or paused is one that the scheduler does not pick, so no
 * step models a pause. Time does not exist: a lease, a grace period or a timeout may end at any moment.
 *
 * Rules as repaired are the default. -DHOLE_x takes one repair back (the rule as it was first told), -DBUG_x plants
 * a mistake.
 */
#ifndef MESSAGES
#define MESSAGES 3
#endif
#ifndef MARKS
#define MARKS 3          /* published during the run, all leaders together */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef BREAKS
#define BREAKS 1
#endif
#ifndef REGRESSES
#define REGRESSES 1
#endif
#ifndef FAULTS
#define FAULTS 2         /* crashes, breaks and regresses together */
#endif
#ifndef LOST
#define LOST 1           /* replies lost */
#endif
#define DISPATCHERS 2
#define LAST_TERM 3
#define LAST_MARK 3
#define ITEMS (1 + MESSAGES + MARKS)

#include "store.pml"

/* A position in a byte, so that byte order is age order: 2 bits term, 2 bits mark, 3 bits index. */
#define POSITION(term, mark, index) ((term) * 32 + (mark) * 8 + (index))
#define TERM(position) ((position) / 32)
#define SEGMENT(position) ((position) & 248)
#define NONE 0

/* Who opened a segment: place in the flow plus one for a mark, 8 + owner for mark 0 of a forced leader's term. This is
   the nonce that a mark carries; two marks of one name have two nonces. */
#define ZERO_NONCE(owner) (8 + (owner))

/* ---- the flow: what the node hands to every subscriber, in its one order ---- */
typedef Item {
  byte message;          /* number of the message plus one, or 0 for a mark */
  byte position;         /* a mark's (term, mark, 0) */
  byte owner;
  bool fresh;            /* the first mark of a leader that goes on from nobody */
  byte saidNonce;        /* the last segment its leader had heard whole: which, how many, the first of them */
  byte saidCount;        /* (count and first stand for the digest: the flow is one sequence) */
  byte saidFirst
}
Item flow[ITEMS];
byte flowed, published, marked;
byte placeOf[MESSAGES];

/* ---- the store: NOW is the store, THEN an earlier moment of it that a regress may bring back ---- */
byte epoch[2], owner[2], watermark[2], watermarkNonce[2];
byte out[2];             /* bit m: message m was appended to lanes; what becomes of it there is lane.pml's */
byte gap[2];             /* bit m: message m lies in a declared gap */
byte outPosition[2 * MESSAGES];
bool remembered;         /* THEN holds something */
byte owners;             /* owner ids given out: random in life, so never given twice, not even after a regress */

/* ---- dispatchers ---- */
bool subscribed[DISPATCHERS], inSync[DISPATCHERS], leads[DISPATCHERS], freshLead[DISPATCHERS], markBack[DISPATCHERS];
bool looked[DISPATCHERS];
byte heard[DISPATCHERS];          /* place in the flow up to which it heard */
byte segment[DISPATCHERS], nonce[DISPATCHERS], count[DISPATCHERS], first[DISPATCHERS]; /* the open segment */
byte wholeSegment[DISPATCHERS], wholeNonce[DISPATCHERS], wholeCount[DISPATCHERS], wholeFirst[DISPATCHERS];
byte coverage[DISPATCHERS], coverageNonce[DISPATCHERS]; /* the mark it begins at */
int known[DISPATCHERS];           /* the segments it heard, by nonce */
#ifdef HOLE_NAME
#define KNOWN_AS(position, nonce) ((position) / 8)    /* by name: terms may be given twice after a regress */
#else
#define KNOWN_AS(position, nonce) (nonce)
#endif
byte highest[DISPATCHERS];        /* highest epoch it ever heard of */
byte seenEpoch[DISPATCHERS], seenOwner[DISPATCHERS], seenWatermark[DISPATCHERS], barrier[DISPATCHERS];
byte myEpoch[DISPATCHERS], myOwner[DISPATCHERS], myMark[DISPATCHERS], expected[DISPATCHERS];
byte unsure[DISPATCHERS];         /* owner id of a claim whose reply was lost */
bool unsureFresh[DISPATCHERS];
#define AT(d, m) ((d) * MESSAGES + (m))
byte number[DISPATCHERS * MESSAGES];      /* NONE when not retained; term 0 when no mark was heard before it */
byte numberNonce[DISPATCHERS * MESSAGES];

/* A dispatch call under way. It outlives its sender's life and lead: a late, stale write. */
typedef Sent { bool on; byte epoch, owner, expected, next, nonce, message }
Sent sent[DISPATCHERS];

byte crashes, breaks, regresses, lost;
#define FAULT_LEFT (crashes + breaks + regresses < FAULTS)

/* ---------------------------------------------------------------- invariants */

/* L: whatever lies in the flow before what is dispatched now is out or declared. */
inline nothingSkipped(place) {
  for (i : 0 .. published - 1) {
    assert(placeOf[i] >= place || (((out[NOW] | gap[NOW]) >> i) & 1))
  }
}

/* N: two dispatchers that heard a message in the same segment number it alike. */
inline numberedAlike() {
  assert(number[AT(0, m)] == NONE || number[AT(1, m)] == NONE || numberNonce[AT(0, m)] != numberNonce[AT(1, m)] ||
      number[AT(0, m)] == number[AT(1, m)])
}

/* ---------------------------------------------------------------- store */

inline copyStore(from, to) {
  epoch[to] = epoch[from]; owner[to] = owner[from]; watermark[to] = watermark[from];
  watermarkNonce[to] = watermarkNonce[from]; out[to] = out[from]; gap[to] = gap[from];
  for (i : 0 .. MESSAGES - 1) { outPosition[(to) * MESSAGES + i] = outPosition[(from) * MESSAGES + i] }
}

inline forgetThen() {
  epoch[THEN] = 0; owner[THEN] = 0; watermark[THEN] = 0; watermarkNonce[THEN] = 0; out[THEN] = 0; gap[THEN] = 0;
  for (i : 0 .. MESSAGES - 1) { outPosition[THEN * MESSAGES + i] = 0 }
}

inline move(position, by) {
  assert(position >= watermark[NOW]);                       /* M */
  watermark[NOW] = position; watermarkNonce[NOW] = by
}

/* Everything not yet out that lies before a place in the flow is lost and declared so. */
inline declare(place) {
#ifdef ONE_STAYS_IN_SYNC
  assert(crashes + breaks > 0);       /* a gap needs a cause: who is in sync is never passed over */
#endif
#ifndef BUG_NO_GAP
  for (i : 0 .. MESSAGES - 1) {
    if
    :: i < published && placeOf[i] < place && !((out[NOW] >> i) & 1) -> gap[NOW] = gap[NOW] | (1 << i)
    :: else
    fi
  }
#else
  skip
#endif
}

/* ---------------------------------------------------------------- hearing */

inline forgetLook(d) {
  looked[d] = false; seenEpoch[d] = 0; seenOwner[d] = 0; seenWatermark[d] = 0; barrier[d] = 0
}

inline forgetAll(d) {
  subscribed[d] = false; inSync[d] = false; freshLead[d] = false; markBack[d] = false;
  heard[d] = 0; segment[d] = NONE; nonce[d] = 0; count[d] = 0; first[d] = 0; coverage[d] = NONE; coverageNonce[d] = 0;
  known[d] = 0;
  wholeSegment[d] = 0; wholeNonce[d] = 0; wholeCount[d] = 0; wholeFirst[d] = 0;
  forgetLook(d);
  for (i : 0 .. MESSAGES - 1) { number[AT(d, i)] = NONE; numberNonce[AT(d, i)] = 0 }
}

inline stopLeading(d) {
  leads[d] = false; freshLead[d] = false; markBack[d] = false; myEpoch[d] = 0; myOwner[d] = 0; myMark[d] = 0;
  expected[d] = 0
#ifdef BUG_FORGET_WHEN_FENCED
  ; forgetAll(d)
#endif
}

inline resign(d) {
  printf("d%d resigns\n", d);
  if
  :: owner[NOW] == myOwner[d] && epoch[NOW] == myEpoch[d] -> owner[NOW] = 0
  :: else
  fi;
  stopLeading(d)
}

inline hearMessage(d) {
  number[AT(d, m)] = segment[d] + count[d] + (segment[d] == NONE -> 1 : 0);
  numberNonce[AT(d, m)] = nonce[d];
  printf("d%d hears m%d as %d.%d.%d\n", d, m, TERM(number[AT(d, m)]), (number[AT(d, m)] / 8) & 3, number[AT(d, m)] & 7);
  first[d] = (count[d] == 0 -> m : first[d]);
  count[d]++;
  if
  :: nonce[d] != 0 -> numberedAlike()
  :: else
  fi
}

/* Only a strictly greater mark comes here. */
inline hearMark(d, it) {
  printf("d%d hears a mark of term %d mark %d\n", d, TERM(flow[it].position), (flow[it].position / 8) & 3);
  own = leads[d] && flow[it].owner == myOwner[d];
  reset = false;
  if
  :: own -> markBack[d] = true
  :: !own && !flow[it].fresh && flow[it].saidNonce != 0 && flow[it].saidNonce == wholeNonce[d] &&
      flow[it].saidCount == wholeCount[d] && flow[it].saidFirst == wholeFirst[d] ->
      if
      :: !inSync[d] -> inSync[d] = true; coverage[d] = wholeSegment[d];
          coverageNonce[d] = wholeNonce[d]
      :: else
      fi
#ifdef BUG_KEEP_COVERAGE
  :: else -> reset = !inSync[d]
#else
  :: else -> reset = true
#endif
  fi;
  if
  :: segment[d] == NONE ->
      /* What came before the first mark has no number, but a fresh claim may still need it: the mark may be a former
         leader's, which nobody else counts. */
#ifdef HOLE_DROP_BEFORE_MARK
      for (i : 0 .. MESSAGES - 1) { number[AT(d, i)] = NONE }
#else
      skip
#endif
  :: else ->
      wholeSegment[d] = segment[d]; wholeNonce[d] = nonce[d]; wholeCount[d] = count[d]; wholeFirst[d] = first[d]
  fi;
  segment[d] = flow[it].position; nonce[d] = it + 1; count[d] = 0; first[d] = 0;
  known[d] = known[d] | (1 << KNOWN_AS(segment[d], nonce[d]));
  if
  :: reset -> coverage[d] = segment[d]; coverageNonce[d] = nonce[d]; inSync[d] = false
  :: else
  fi;
  /* Another lineage, or a term above our own (the store went back): our marks would be ignored. */
#ifndef HOLE_LEADS_ON
  if
  :: leads[d] && (reset || TERM(segment[d]) > myEpoch[d]) -> resign(d)
  :: else
  fi
#else
  skip
#endif
}

inline hear(d) {
  it = heard[d];
  heard[d]++;
  if
  :: flow[it].message -> m = flow[it].message - 1; hearMessage(d); m = 0
  :: !flow[it].message ->
      highest[d] = (TERM(flow[it].position) > highest[d] -> TERM(flow[it].position) : highest[d]);
      if
      :: flow[it].position > segment[d] -> hearMark(d, it)
      :: else                     /* late, doubled or of a former leader */
      fi
  fi
}

/* ---------------------------------------------------------------- claiming */

#ifdef BUG_CLAIM_UNCOVERED
#define COVERED(d) (segment[d] != NONE)
#else
#ifdef HOLE_SEGMENT
#define COVERED(d) (inSync[d] && coverage[d] <= watermark[NOW])
#else
#define COVERED(d) (inSync[d] && coverage[d] <= watermark[NOW] && ((known[d] >> KNOWN_AS(watermark[NOW], watermarkNonce[NOW])) & 1))
#endif
#endif

#ifdef HOLE_LOOK
/* As first told: what was heard before the last change of the watermark that was seen is given up. */
#define BARRIER(d) (watermark[NOW] != seenWatermark[d] -> heard[d] : barrier[d])
#define BARRIER_PASSED(d) true
#define UNMOVED(d) true
#else
/* A probe sent after the look and heard back: all that was dispatched when we looked was published before it. */
#define BARRIER(d) flowed
#define BARRIER_PASSED(d) (heard[d] >= barrier[d])
#define UNMOVED(d) (watermark[NOW] == seenWatermark[d])
#endif

inline look(d) {
  barrier[d] = BARRIER(d);
  printf("d%d looks: epoch %d, watermark %d.%d.%d\n", d, epoch[NOW], TERM(watermark[NOW]), (watermark[NOW] / 8) & 3, watermark[NOW] & 7);
  seenEpoch[d] = epoch[NOW]; seenOwner[d] = owner[NOW]; seenWatermark[d] = watermark[NOW];
  highest[d] = (epoch[NOW] > highest[d] -> epoch[NOW] : highest[d]);
  looked[d] = true
}

#define MAY_CLAIM(d) (!leads[d] && !unsure[d] && subscribed[d] && NEXT_EPOCH(d) <= LAST_TERM)
#define LOOKING_AGAIN(d) (!(STILL(d) && UNMOVED(d)) || barrier[d] != BARRIER(d))
#define STILL(d) (looked[d] && epoch[NOW] == seenEpoch[d] && owner[NOW] == seenOwner[d])
#define NEXT_EPOCH(d) ((epoch[NOW] > highest[d] -> epoch[NOW] : highest[d]) + 1)
/* A forced claim keeps its own numbers only where they begin at a mark after all that was ever dispatched; not those of
   a mark 0 of its own that the store forgot. */
#ifdef HOLE_START
#define OWN_NUMBERS(d) (segment[d] != NONE && coverageNonce[d] < 8)       /* as first told: start at the later of the two */
#else
#define OWN_NUMBERS(d) (segment[d] != NONE && coverage[d] > watermark[NOW] && coverageNonce[d] < 8)
#endif

/* Late news of a grant: what the claim rested on may be gone. */
#ifdef BUG_LATE_GRANT
#define STILL_FIT(d) subscribed[d]
#else
#define STILL_FIT(d) (subscribed[d] && (unsureFresh[d] && looked[d] || COVERED(d)))
#endif

inline learnGrant(d, id, fresh) {
  leads[d] = true; freshLead[d] = fresh; markBack[d] = false; myOwner[d] = id; myEpoch[d] = epoch[NOW]; myMark[d] = 0;
  highest[d] = (epoch[NOW] > highest[d] -> epoch[NOW] : highest[d]);
  unsure[d] = 0;
  if
  :: fresh && segment[d] < POSITION(myEpoch[d], 0, 0) ->
      segment[d] = POSITION(myEpoch[d], 0, 0); nonce[d] = ZERO_NONCE(id); count[d] = 0; first[d] = 0;
      coverage[d] = segment[d]; coverageNonce[d] = nonce[d]; inSync[d] = true;
      wholeSegment[d] = 0; wholeNonce[d] = 0; wholeCount[d] = 0; wholeFirst[d] = 0;
      known[d] = (1 << KNOWN_AS(segment[d], nonce[d]));
      for (i : 0 .. MESSAGES - 1) {
        if
        :: number[AT(d, i)] != NONE && placeOf[i] >= barrier[d] ->
            number[AT(d, i)] = segment[d] + count[d]; numberNonce[AT(d, i)] = nonce[d]; count[d]++
        :: else -> number[AT(d, i)] = NONE; numberNonce[AT(d, i)] = 0
        fi
      }
  :: else
  fi;
  forgetLook(d);
  expected[d] = watermark[NOW]
}

inline claim(d, fresh) {
  owners++;
  id = owners;
  epoch[NOW] = NEXT_EPOCH(d); owner[NOW] = id;
  printf("d%d claims epoch %d: covered %d, fresh %d\n", d, epoch[NOW], COVERED(d), fresh);
  if
  :: COVERED(d)
  :: !COVERED(d) && !fresh ->
      if
      :: coverage[d] > watermark[NOW] ->
          declare(coverageNonce[d] - 1); move(coverage[d], coverageNonce[d])
      :: else                                   /* only with HOLE_START: no gap */
      fi
  :: !COVERED(d) && fresh -> declare(barrier[d]); move(POSITION(epoch[NOW], 0, 0), ZERO_NONCE(id))
  fi;
  if
  :: learnGrant(d, id, fresh)
  :: lost < LOST -> lost++; unsure[d] = id; unsureFresh[d] = fresh
  fi
}

/* ---------------------------------------------------------------- dispatching */

/* The oldest retained message that is not dispatched yet. */
inline oldest(d) {
  m = MESSAGES;
  for (i : 0 .. MESSAGES - 1) {
    if
    :: number[AT(d, i)] >= expected[d] && number[AT(d, i)] >= 32 && m == MESSAGES -> m = i
    :: else
    fi
  }
}

inline send(d) {
  oldest(d);
  if
  :: m < MESSAGES ->
      sent[d].on = true; sent[d].epoch = myEpoch[d]; sent[d].owner = myOwner[d]; sent[d].expected = expected[d];
      sent[d].next = number[AT(d, m)] + 1; sent[d].nonce = numberNonce[AT(d, m)]; sent[d].message = m + 1
  :: m == MESSAGES && segment[d] > expected[d] ->   /* renew moves the watermark up to the last mark */
      sent[d].on = true; sent[d].epoch = myEpoch[d]; sent[d].owner = myOwner[d]; sent[d].expected = expected[d];
      sent[d].next = segment[d]; sent[d].nonce = nonce[d]; sent[d].message = 0
  :: else
  fi;
  m = 0
}

#define FENCED(d) (epoch[NOW] != sent[d].epoch || owner[NOW] != sent[d].owner)

inline arrive(d) {
  gone = FENCED(d);
  if
#ifdef BUG_NO_FENCE
  :: false
#else
  :: gone
#endif
#ifdef BUG_NO_EXPECTED
  :: !gone && false
  :: else ->
#else
  :: !gone && (watermark[NOW] >= sent[d].next || watermark[NOW] != sent[d].expected)  /* already, or conflict */
  :: else ->
#endif
      assert(!gone);                                         /* F */
      if
      :: sent[d].message ->
          m = sent[d].message - 1;
          printf("d%d dispatches m%d as %d.%d.%d\n", d, m, TERM(sent[d].next), (sent[d].next / 8) & 3, (sent[d].next & 7) - 1);
          assert(!((out[NOW] >> m) & 1));                    /* D: each message once */
          nothingSkipped(placeOf[m]);
          for (i : 0 .. MESSAGES - 1) {                      /* D: each position once */
            assert(!((out[NOW] >> i) & 1) || outPosition[i] != sent[d].next - 1)
          }
          out[NOW] = out[NOW] | (1 << m); outPosition[m] = sent[d].next - 1;
          m = 0
      :: else ->
          printf("d%d moves the watermark to mark %d of term %d\n", d, (sent[d].next / 8) & 3, TERM(sent[d].next));
          nothingSkipped(sent[d].nonce - 1)
      fi;
      move(sent[d].next, sent[d].nonce)
  fi;
  if
  :: lost < LOST -> lost++                                   /* the reply is lost: the same call is sent again */
  :: sent[d].on = false;
      if
      :: leads[d] && myOwner[d] == sent[d].owner ->
          if
          :: gone -> stopLeading(d)
          :: else -> expected[d] = watermark[NOW]            /* on or back: go on from there */
          fi
      :: else
      fi;
      sent[d].epoch = 0; sent[d].owner = 0; sent[d].expected = 0; sent[d].next = 0; sent[d].nonce = 0;
      sent[d].message = 0
  fi
}

/* ---------------------------------------------------------------- retention */

/* A message is released once it lies before the watermark and the store can no longer lose that. */
#ifdef BUG_RELEASE_EARLY
#define SAFE(d, m) (number[AT(d, m)] < watermark[NOW])
#else
#define SAFE(d, m) (number[AT(d, m)] < watermark[NOW] && (!remembered || number[AT(d, m)] < watermark[THEN]))
#endif

/* Only numbers that are known to be the store's may be compared with its watermark. */
#ifdef HOLE_RELEASE_UNKNOWN
#define SAME_NUMBERS(d) true
#else
#define SAME_NUMBERS(d) (inSync[d] && ((known[d] >> KNOWN_AS(watermark[NOW], watermarkNonce[NOW])) & 1))
#endif
#define RELEASABLE(d, m) (number[AT(d, m)] != NONE && TERM(number[AT(d, m)]) && SAFE(d, m) && SAME_NUMBERS(d))
inline release(d, m) { number[AT(d, m)] = NONE; numberNonce[AT(d, m)] = 0 }

/* ---------------------------------------------------------------- processes */

inline markNow(d) {
  printf("d%d publishes mark %d of term %d\n", d, myMark[d] + 1, myEpoch[d]);
  myMark[d]++; marked++;
  flow[flowed].position = POSITION(myEpoch[d], myMark[d], 0);
  flow[flowed].owner = myOwner[d];
  flow[flowed].fresh = freshLead[d] && myMark[d] == 1;
  flow[flowed].saidNonce = wholeNonce[d]; flow[flowed].saidCount = wholeCount[d]; flow[flowed].saidFirst = wholeFirst[d];
  flowed++
}

proctype Dispatcher(byte d) {
  byte i, it, m, id;
  bool own, reset, gone;
end:                              /* terms are bounded: a run may end without a leader */
  do
  :: d_step { subscribed[d] && heard[d] < flowed -> hear(d); it = 0; own = 0; reset = 0; i = 0 }
  :: d_step { !subscribed[d] && !leads[d] ->
        printf("d%d subscribes\n", d); forgetAll(d); subscribed[d] = true; heard[d] = flowed; i = 0 }

  /* A claim on own numbers needs no step for the look before it: its compare-and-set sees what was looked at. A fresh
     one does, because it matters what was heard before and after. */
  :: d_step { MAY_CLAIM(d) && !COVERED(d) && !OWN_NUMBERS(d) && LOOKING_AGAIN(d) -> look(d) }
  :: atomic { MAY_CLAIM(d) && COVERED(d) -> claim(d, false); id = 0; i = 0 }
  :: atomic { MAY_CLAIM(d) && !COVERED(d) && OWN_NUMBERS(d) -> claim(d, false); id = 0; i = 0 }
  :: atomic { MAY_CLAIM(d) && !COVERED(d) && !OWN_NUMBERS(d) && STILL(d) && BARRIER_PASSED(d) && UNMOVED(d) ->
        claim(d, true); id = 0; i = 0 }
  :: atomic { unsure[d] ->                                   /* the same claim again: already, or it is lost */
        if
        ::  owner[NOW] == unsure[d] && STILL_FIT(d) -> id = unsure[d]; learnGrant(d, id, unsureFresh[d])
        :: owner[NOW] == unsure[d] && !STILL_FIT(d) -> owner[NOW] = 0; unsure[d] = 0
        :: owner[NOW] != unsure[d] -> unsure[d] = 0
        fi;
        unsureFresh[d] = false; id = 0; i = 0 }

  :: d_step { leads[d] && subscribed[d] && marked < MARKS && myMark[d] < LAST_MARK && (myMark[d] == 0 || markBack[d]) ->
        markBack[d] = (freshLead[d] && myMark[d] > 0 -> markBack[d] : false); markNow(d) }
  :: d_step { leads[d] && !sent[d].on && (!freshLead[d] || markBack[d]) -> send(d); i = 0 }
  :: d_step { leads[d] && (owner[NOW] != myOwner[d] || epoch[NOW] != myEpoch[d]) -> stopLeading(d); i = 0 }   /* renew */
  :: d_step { leads[d] && !sent[d].on && owner[NOW] == myOwner[d] && expected[d] != watermark[NOW] ->
        expected[d] = watermark[NOW] }
#ifdef BUG_NO_RESIGN
  :: d_step { leads[d] && !subscribed[d] -> subscribed[d] = true; heard[d] = flowed }
#else
  :: d_step { leads[d] && !subscribed[d] && !sent[d].on -> oldest(d);
        if
        :: m == MESSAGES || (freshLead[d] && !markBack[d]) -> resign(d)
        :: else
        fi;
        m = 0; i = 0 }
#endif
#ifdef RELEASE
  :: d_step { RELEASABLE(d, 0) -> release(d, 0) }
  :: d_step { RELEASABLE(d, 1) && number[AT(d, 0)] == NONE -> release(d, 1) }
#endif

  /* faults */
  :: d_step { crashes < CRASHES && FAULT_LEFT ->
        crashes++; printf("d%d crashes\n", d); stopLeading(d); forgetAll(d); highest[d] = 0; unsure[d] = 0; unsureFresh[d] = false; i = 0 }
  :: d_step { breaks < BREAKS && FAULT_LEFT && subscribed[d] ->
        breaks++; printf("d%d loses its subscription\n", d); subscribed[d] = false; inSync[d] = false; forgetLook(d) }
  od
}

/* The call itself travels on its own: a process that is gone does not take it along. */
proctype Wire(byte d) {
  byte i, m;
  bool gone;
end:
  do
  :: atomic { sent[d].on -> arrive(d); gone = 0; i = 0; m = 0 }
  od
}

proctype Publisher() {
end:
  do
  :: d_step { published < MESSAGES ->
        placeOf[published] = flowed; printf("m%d is published\n", published); published++; flow[flowed].message = published; flowed++ }
  od
}

proctype Store() {
  byte i;
end:
  do
  :: d_step { !remembered && regresses < REGRESSES && FAULT_LEFT -> printf("(the moment to which the store will go back)\n"); copyStore(NOW, THEN); remembered = true; i = 0 }
  :: d_step { remembered && regresses < REGRESSES && FAULT_LEFT ->
        printf("the store goes back\n"); copyStore(THEN, NOW); regresses++; remembered = false; forgetThen(); i = 0 }
  od
}

/* L at rest: a leader that heard all and has nothing left means that every message is out or declared. */
#define AT_REST(d) (published == MESSAGES && !sent[0].on && !sent[1].on && leads[d] && subscribed[d] \
    && owner[NOW] == myOwner[d] && epoch[NOW] == myEpoch[d] && heard[d] == flowed && expected[d] == watermark[NOW] \
    && (!freshLead[d] || markBack[d]))

proctype Judge(byte d) {
  byte i, m;
end:
  do
  :: d_step { AT_REST(d) -> oldest(d);
        if
        :: m == MESSAGES -> assert((out[NOW] | gap[NOW]) == (1 << MESSAGES) - 1)
        :: else
        fi;
        m = 0; i = 0 }
  od
}

init {
  byte i;
  d_step {
#ifndef COLD
    /* Steady: dispatcher 0 leads, both are in sync since mark (1, 1), which is the first thing in the flow. */
    flow[0].position = POSITION(1, 1, 0); flow[0].owner = 1; flowed = 1;
    epoch[NOW] = 1; owner[NOW] = 1; owners = 1; watermark[NOW] = POSITION(1, 1, 0); watermarkNonce[NOW] = 1;
    for (i : 0 .. DISPATCHERS - 1) {
      subscribed[i] = true; inSync[i] = true; heard[i] = 1; segment[i] = POSITION(1, 1, 0); nonce[i] = 1;
      known[i] = (1 << KNOWN_AS(POSITION(1, 1, 0), 1)); coverage[i] = POSITION(1, 1, 0); coverageNonce[i] = 1; highest[i] = 1;
      wholeNonce[i] = 15; wholeSegment[i] = POSITION(1, 0, 7)
    }
    leads[0] = true; myEpoch[0] = 1; myOwner[0] = 1; myMark[0] = 1; markBack[0] = true;
    expected[0] = watermark[NOW];
#endif
    i = 0
  }
  atomic {
    run Dispatcher(0); run Dispatcher(1); run Wire(0); run Wire(1); run Publisher(); run Store(); run Judge(0); run Judge(1)
  }
}

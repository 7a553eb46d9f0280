-- The outcomes of a commit: looked through before the first write, then applied. Both transports' commit gives keys and
-- arguments alike: the streams from KEYS[3] on, ledger, retry, other streams from KEYS[7] on, with a turn
-- the gate as the last; the turn, the outcomes from ARGV[11] on.
-- Needs entry, whole, packs and walk.
local MOST_ENTRIES = 1000
local FIRST_OUTCOME = 11
local TURN = ARGV[FIRST_OUTCOME - 1]
local FIRST_OTHER_STREAM = 7
local RUN_BYTES = 16
local ENTRIES_PER_LOOK = 64
-- Lua's stack takes about 8000 values of one unpack; failing there would be half-way.
local MOST_FIELD_ARGUMENTS = 1000

-- Positions as the caller gives them, in runs of 16 bytes: the first position, in two bytes how many entries, in one the distance
-- between two neighbours' indexes, 0. Returns a function that is asked for one element after the other, with how many of its
-- entries finish, whether these are meant; or nothing if the runs are not for so many entries.
local function meant_by(runs, finished)
  local sub, byte = string.sub, string.byte
  local entries = 0
  for at = RUN_BYTES - 3, #runs, RUN_BYTES do
    local high, low = byte(runs, at, at + 1)
    entries = entries + high * 256 + (low or 0)
  end
  if #runs % RUN_BYTES ~= 0 or entries ~= finished then
    return nil
  end
  local at, left, mark, index, step = 1, 0

  -- Whether entries of one distance are those that come next in the runs.
  local function come_next(mark_of_first, index_of_first, distance, size)
    local compared = 0
    while compared < size do
      if left == 0 then
        local high, low
        mark, index = sub(runs, at, at + 7), four_at(runs, at + 8)
        high, low, step = byte(runs, at + 12, at + 14)
        left, at = high * 256 + low, at + RUN_BYTES
      end
      local some = math.min(left, size - compared)
      if mark ~= mark_of_first or index ~= (index_of_first + compared * distance) % 4294967296
        or (some > 1 and step ~= distance) then
        return false
      end
      compared, left, index = compared + some, left - some, (index + some * step) % 4294967296
    end
    return true
  end

  return function(element, size)
    if #element < HEADER_BYTES then
      element = element .. string.rep('\0', HEADER_BYTES - #element)
    end
    return come_next(sub(element, 13, 20), four_at(element, 21), size > 1 and byte(element, 27) or 0, size)
  end
end

-- The ids of a run of messages that are passed on: each with its length in two bytes before it. Nothing if they do not fit.
local function ids_in(packed, count)
  local byte, sub = string.byte, string.sub
  local ids, at, length = {}, 1, #packed
  for i = 1, count do
    local high, low = byte(packed, at, at + 1)
    if not low then
      return nil
    end
    local last = at + 1 + high * 256 + low
    if last > length then
      return nil
    end
    ids[i] = sub(packed, at + 2, last)
    at = last + 1
  end
  return at == length + 1 and ids or nil
end

-- Ids of runs, by the argument at which the run stands.
local ids_of_run = {}

-- Where the next outcome begins, behind so many stream entries; or nothing and the refusal to hand back.
local function behind_entries(at, entries)
  for _ = 1, entries do
    if ARGV[at] == 't' then
      local other = whole(ARGV[at + 1])
      if not other or other < 1 or not KEYS[FIRST_OTHER_STREAM + other - 1] then
        return nil, redis.error_reply('BATON commit: a stream that is not among the keys')
      end
      at = at + 2
    end
    local fields = whole(ARGV[at])
    if not fields or fields < 2 or fields % 2 ~= 0 or fields > MOST_FIELD_ARGUMENTS then
      return nil, redis.error_reply('BATON commit: a stream entry without fields, or with too many')
    end
    at = at + 1 + fields
  end
  return at
end

-- Fails if a key holds something else. Returns the refusal to hand back if the arguments are no outcomes, or nothing and how many
-- stream entries the transaction adds.
local function unfit_outcomes(finished)
  redis.call('XLEN', KEYS[3])
  redis.call('HLEN', KEYS[5])
  redis.call('ZCARD', KEYS[6])
  for key = FIRST_OTHER_STREAM, #KEYS do
    redis.call('XLEN', KEYS[key])
  end
  local at, letters, looked_at, written = FIRST_OUTCOME, 0, 0, 0
  while looked_at < finished do
    local outcome = ARGV[at]
    looked_at = looked_at + 1
    if outcome == 'p' then
      local run, constants = whole(ARGV[at + 1]), whole(ARGV[at + 9])
      if not run or run < 1 or looked_at + run - 1 > finished
        or not constants or constants % 2 ~= 0 or constants > MOST_FIELD_ARGUMENTS then
        return redis.error_reply('BATON commit: a run without a length, or with too many fields')
      end
      ids_of_run[at] = ids_in(ARGV[at + 2], run)
      if not ids_of_run[at] then
        return redis.error_reply('BATON commit: the ids of a run do not fit their number')
      end
      looked_at = looked_at + run - 1
      at = at + 10 + constants
    elseif outcome == 'w' then
      local run = whole(ARGV[at + 1])
      if not run or run < 1 or looked_at + run - 1 > finished or TURN == '' then
        return redis.error_reply('BATON commit: written entries without a number, or without a transaction')
      end
      written = written + run
      looked_at = looked_at + run - 1
      at = at + 2
    elseif outcome == 'd' then
      letters = letters + 1
      at = at + 4
    elseif outcome == 'x' then
      at = at + 1
    elseif outcome == 'r' then
      if not whole(ARGV[at + 1]) then
        return redis.error_reply('BATON commit: a retry without a delay')
      end
      letters = letters + 1
      at = at + 2
    else
      local emits = whole(outcome)
      if not emits then
        return redis.error_reply('BATON commit: an unknown outcome')
      end
      local behind, unfit = behind_entries(at + 1, emits)
      if unfit then
        return unfit
      end
      at = behind
    end
  end
  if at ~= #ARGV + 1 then
    return redis.error_reply('BATON commit: the outcomes do not fit their number')
  end
  ready_to_bury(KEYS[4], KEYS[5], letters)
  return nil, written
end

-- Writes the stream entries of a run, whose arguments begin at a place. Returns its length, and where the next outcome begins.
local function pass_on(at, walk)
  local call, unpack, passed = redis.call, unpack, walk.passed
  local ids = ids_of_run[at]
  local constants = tonumber(ARGV[at + 9])
  local command = {'XADD', KEYS[3], '*', ARGV[at + 3], '', ARGV[at + 4], '', ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], '',
    unpack(ARGV, at + 10, at + 9 + constants)}
  local size = 11 + constants
  for i = 1, #ids do
    local channel
    command[5] = ids[i]
    command[7], command[11], channel = passed()
    if channel == '' then
      call(unpack(command, 1, size))
    else
      command[size + 1], command[size + 2] = ARGV[at + 8], channel
      call(unpack(command, 1, size + 2))
    end
  end
  return #ids, at + 10 + constants
end

-- Writes the stream entries of one message, whose arguments begin at a place. Returns where the next outcome begins.
local function emit(at, count)
  local emits = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, emits do
    local stream, counter = KEYS[3], 'emitted'
    if ARGV[at] == 't' then
      stream, counter = KEYS[FIRST_OTHER_STREAM + tonumber(ARGV[at + 1]) - 1], 'emitted_elsewhere'
      at = at + 2
    end
    local last = at + tonumber(ARGV[at])
    redis.call('XADD', stream, '*', unpack(ARGV, at + 1, last))
    count(counter, 1)
    at = last + 1
  end
  count(emits > 0 and 'committed' or 'dropped', 1)
  return at
end

-- The walk stands before the first finished entry, and afterwards behind the last.
local function apply_outcomes(finished, walk, now)
  local counts = {committed = 0, emitted = 0, emitted_elsewhere = 0, dead = 0, dropped = 0, expired = 0, retried = 0}
  local function count(name, by)
    counts[name] = counts[name] + by
  end
  local at, i = FIRST_OUTCOME, 0
  while i < finished do
    local outcome = ARGV[at]
    i = i + 1
    if outcome == 'p' then
      local run
      run, at = pass_on(at, walk)
      count('emitted', run)
      count('committed', run)
      i = i + run - 1
    elseif outcome == 'w' then
      local run = tonumber(ARGV[at + 1])
      walk.skip(run)
      count('emitted', run)
      count('committed', run)
      i, at = i + run - 1, at + 2
    elseif outcome == 'd' then
      bury(KEYS[4], walk.entry(), ARGV[at + 1], ARGV[at + 2], ARGV[1], ARGV[at + 3])
      count('dead', 1)
      at = at + 4
    elseif outcome == 'x' then
      walk.skip(1)
      count('dropped', 1)
      count('expired', 1)
      at = at + 1
    elseif outcome == 'r' then
      local entry = walk.entry()
      local again = with_one_more_attempt(entry)
      if again then
        redis.call('ZADD', KEYS[6], now + tonumber(ARGV[at + 1]), again)
        count('retried', 1)
      else
        bury(KEYS[4], entry, 'bad-entry', 'no entry that could be tried again', ARGV[1], '')
        count('dead', 1)
      end
      at = at + 2
    else
      walk.skip(1)
      at = emit(at, count)
    end
  end
  for name, by in pairs(counts) do
    if by > 0 then
      redis.call('HINCRBY', KEYS[5], name, by)
    end
  end
  if counts.dead > 0 then
    trim_dead(KEYS[4], KEYS[5])
  end
end

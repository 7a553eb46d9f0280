-- The outcomes of a commit: looked through before the first write, then applied. Both transports' commit gives keys and
-- arguments alike: the streams from KEYS[3] on, ledger, retry, other streams from KEYS[7] on; the outcomes from ARGV[10] on.
-- Needs entry and whole.
local MOST_ENTRIES = 1000
local FIRST_OUTCOME = 10
local FIRST_OTHER_STREAM = 7
local POSITION_BYTES = 12
local ENTRIES_PER_LOOK = 64
-- Lua's stack takes about 8000 values of one unpack; failing there would be half-way.
local MOST_FIELD_ARGUMENTS = 1000

-- Entries are kept from the look at them until their outcomes are applied, as long as they are not more than that.
local MOST_KEPT_BYTES = 8388608

-- Called for each finished entry in turn; returns whether it is the one the caller means with its position at that ordinal, from 0.
local function is_meant(entry, positions, ordinal)
  local position = string.sub(entry, 13, 24)
  if #position < POSITION_BYTES then
    position = position .. string.rep('\0', POSITION_BYTES - #position)
  end
  return position == string.sub(positions, ordinal * POSITION_BYTES + 1, (ordinal + 1) * POSITION_BYTES)
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

-- Fails if a key holds something else, and returns the refusal to hand back if the arguments are no outcomes, or nothing.
local function unfit_outcomes(finished)
  redis.call('XLEN', KEYS[3])
  redis.call('HLEN', KEYS[5])
  redis.call('ZCARD', KEYS[6])
  for key = FIRST_OTHER_STREAM, #KEYS do
    redis.call('XLEN', KEYS[key])
  end
  local at, letters, looked_at = FIRST_OUTCOME, 0, 0
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
      at = at + 1
      for _ = 1, emits or -1 do
        if ARGV[at] == 't' then
          local other = whole(ARGV[at + 1])
          if not other or other < 1 or not KEYS[FIRST_OTHER_STREAM + other - 1] then
            return redis.error_reply('BATON commit: a stream that is not among the keys')
          end
          at = at + 2
        end
        local fields = whole(ARGV[at])
        if not fields or fields < 2 or fields % 2 ~= 0 or fields > MOST_FIELD_ARGUMENTS then
          return redis.error_reply('BATON commit: a stream entry without fields, or with too many')
        end
        at = at + 1 + fields
      end
      if not emits then
        return redis.error_reply('BATON commit: an unknown outcome')
      end
    end
  end
  if at ~= #ARGV + 1 then
    return redis.error_reply('BATON commit: the outcomes do not fit their number')
  end
  ready_to_bury(KEYS[4], KEYS[5], letters)
end

-- A position as people read it, like position_of, but with what does not change from one entry to the next written once.
local last_mark, last_mark_text = '', ''

local function position_text(entry)
  local mark = string.sub(entry, 13, 20)
  if mark ~= last_mark then
    last_mark = mark
    last_mark_text = string.sub(position_of(entry), 1, 18)
  end
  local a, b, c, d = string.byte(entry, 21, 24)
  return d and string.format('%s%08x', last_mark_text, a * 16777216 + b * 65536 + c * 256 + d) or ''
end

-- Writes the stream entries of a run, whose arguments begin at a place; entry_at as below, the run's first is that of an
-- ordinal.
local function pass_on(at, first, entry_at)
  local call, sub, byte, unpack = redis.call, string.sub, string.byte, unpack
  local ids = ids_of_run[at]
  local constants = tonumber(ARGV[at + 9])
  local channel_name = ARGV[at + 8]
  local command = {'XADD', KEYS[3], '*', ARGV[at + 3], '', ARGV[at + 4], '', ARGV[at + 5], ARGV[at + 6], ARGV[at + 7], '',
    unpack(ARGV, at + 10, at + 9 + constants)}
  local size = 11 + constants
  for i = 1, #ids do
    local entry = entry_at(first + i - 1)
    local high, low = byte(entry, 5, 6)
    local payload_from = low and HEADER_BYTES + 1 + high * 256 + low or 1
    command[5] = ids[i]
    command[7] = sub(entry, payload_from)
    command[11] = position_text(entry)
    if payload_from > HEADER_BYTES + 1 then
      command[size + 1] = channel_name
      command[size + 2] = sub(entry, HEADER_BYTES + 1, payload_from - 1)
      call(unpack(command, 1, size + 2))
    else
      call(unpack(command, 1, size))
    end
  end
  return #ids, at + 10 + constants
end

-- entry_at gives the finished entry of an ordinal, from 1.
local function apply_outcomes(finished, entry_at, now)
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
      run, at = pass_on(at, i, entry_at)
      count('emitted', run)
      count('committed', run)
      i = i + run - 1
    elseif outcome == 'd' then
      bury(KEYS[4], entry_at(i), ARGV[at + 1], ARGV[at + 2], ARGV[1], ARGV[at + 3])
      count('dead', 1)
      at = at + 4
    elseif outcome == 'x' then
      count('dropped', 1)
      count('expired', 1)
      at = at + 1
    elseif outcome == 'r' then
      local entry = entry_at(i)
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
      local emits = tonumber(outcome)
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

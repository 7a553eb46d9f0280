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

-- Whether the entry is the one the caller means with its position at that ordinal, from 0.
local function is_meant(entry, positions, ordinal)
  local position = string.sub(entry, 13, 24)
  position = position .. string.rep('\0', POSITION_BYTES - #position)
  return position == string.sub(positions, ordinal * POSITION_BYTES + 1, (ordinal + 1) * POSITION_BYTES)
end

-- Fails if a key holds something else, and returns the refusal to hand back if the arguments are no outcomes, or nothing.
local function unfit_outcomes(finished)
  redis.call('XLEN', KEYS[3])
  redis.call('HLEN', KEYS[5])
  redis.call('ZCARD', KEYS[6])
  for key = FIRST_OTHER_STREAM, #KEYS do
    redis.call('XLEN', KEYS[key])
  end
  local at, letters = FIRST_OUTCOME, 0
  for _ = 1, finished do
    if ARGV[at] == 'd' then
      letters = letters + 1
      at = at + 4
    elseif ARGV[at] == 'x' then
      at = at + 1
    elseif ARGV[at] == 'r' then
      if not whole(ARGV[at + 1]) then
        return redis.error_reply('BATON commit: a retry without a delay')
      end
      letters = letters + 1
      at = at + 2
    else
      local emits = whole(ARGV[at])
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

-- entry_at gives the finished entry of an ordinal, from 1.
local function apply_outcomes(finished, entry_at, now)
  local counts = {committed = 0, emitted = 0, emitted_elsewhere = 0, dead = 0, dropped = 0, expired = 0, retried = 0}
  local function count(name, by)
    counts[name] = counts[name] + by
  end
  local at = FIRST_OUTCOME
  for i = 1, finished do
    local outcome = ARGV[at]
    if outcome == 'd' then
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

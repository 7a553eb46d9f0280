-- claim: a candidate becomes the leader of a slice.
--
-- Compare-and-set on what the candidate watched stand still for a whole lease, so no clock of ours or of Redis decides.
-- A candidate whose coverage does not reach back to the watermark is refused unless it forces the claim; the ground it
-- does not cover is then declared as a gap in the same step. So is all that a store held which forgot it, if the
-- candidate knows that there was something.
--
-- Of slice 0 the epoch is the term of the marks, so it is above every term that stands in a position. Of any other slice
-- epoch and term have nothing to do with each other, and a forced claim has to say where it starts.
--
-- While the number of slices is being changed, terms from that of the slice's end on belong to the slices to come, and what
-- lies behind the end is nobody's to declare here.
--
-- KEYS[1] lead    hash
-- KEYS[2] gaps    stream
-- KEYS[3] ledger  hash
-- ARGV[1] owner         string    the candidate's id, random and new for each candidacy
-- ARGV[2] epoch seen    integer or '' when the field was absent
-- ARGV[3] owner seen    string, '' when absent or resigned
-- ARGV[4] beat seen     integer or '' when absent
-- ARGV[5] highest epoch integer   the highest epoch of this slice the candidate ever heard of
-- ARGV[6] covered from  position or '' when the candidate covers nothing
-- ARGV[7] force         '1' or '0'
-- ARGV[8] start         position from which a forced claim dispatches; for slice 0, '' for mark 0 of the new epoch's term
-- ARGV[9] slices        integer   how many slices the candidate believes in
-- ARGV[10] generation   string    name for this state of the store, used if it has none
-- ARGV[11] cause        string    why there is a gap, if there is one
-- ARGV[12] number       integer   of the slice
-- ARGV[13] heard before '1' if the candidate knows that there was something before the start, or '0'
-- ARGV[14] most dead    integer   dead letters kept, 0 for any number
-- ARGV[15] transport    'lists' or 'group'
--
-- Returns {'granted' or 'already', epoch, watermark, generation, store millis, gap from or '',
--          where the slice ends or '', whether successors are ready ('1' or '')}
--         {'lost', epoch, owner, beat}  somebody moved since the candidate looked
--         {'uncovered', watermark}      refused: coverage begins after the watermark
--         {'slices', slices}            refused: the pipeline has another number of slices
--         {'transport', name}           refused: the stream has another transport
--@include time
--@include transport

local HIGHEST_EPOCH = 4294967295
local BEGINNING = '00000000.00000000.00000000'

local lead = redis.call('HMGET', KEYS[1], 'epoch', 'owner', 'beat', 'watermark', 'generation', 'slices',
  'ends', 'ready')
local epoch, owner, beat, watermark = lead[1] or '', lead[2] or '', lead[3] or '', lead[4]
local generation = lead[5] or ARGV[10]
local ends, ready = lead[7], lead[8] or ''
redis.call('XLEN', KEYS[2])
redis.call('HLEN', KEYS[3])

if owner == ARGV[1] then
  return {'already', tonumber(epoch), watermark, generation, store_millis(), '', ends or '', ready}
end
if lead[6] and lead[6] ~= ARGV[9] then
  return {'slices', tonumber(lead[6])}
end
local other = other_transport(KEYS[1], ARGV[15])
if other then
  return {'transport', other}
end
if epoch ~= ARGV[2] or owner ~= ARGV[3] or beat ~= ARGV[4] then
  return {'lost', epoch, owner, beat}
end
local covered = watermark and ARGV[6] ~= '' and ARGV[6] <= watermark
if not covered and ARGV[7] ~= '1' then
  return {'uncovered', watermark or ''}
end
-- Above every term that stands in a position too, or the new leader's positions would lie before the watermark.
local names_terms = ARGV[12] == '0'
local term = names_terms and watermark and tonumber(string.sub(watermark, 1, 8), 16) or 0
local heard, highest = tonumber(ARGV[5]), HIGHEST_EPOCH
if names_terms and ends then
  highest = tonumber(string.sub(ends, 1, 8), 16) - 1
  term = term <= highest and term or 0
  heard = heard <= highest and heard or 0
end
local new_epoch = math.max(tonumber(epoch) or 0, heard, term) + 1
if new_epoch > highest then
  return redis.error_reply('BATON epochs are used up; start a new stream')
end

local start, gap_from = watermark, ''
if not covered then
  start = ARGV[8]
  if start == '' and not names_terms then
    return redis.error_reply('BATON claim: only slice 0 begins at a term of its own')
  end
  if start == '' then
    start = string.format('%08x.00000000.00000000', new_epoch)
  end
  if ends and start > ends then
    start = ends
  end
  if watermark and start <= watermark then
    start = watermark
  elseif watermark or ARGV[13] == '1' then
    gap_from = watermark or BEGINNING
    redis.call('XADD', KEYS[2], '*', 'from', gap_from, 'to', start, 'cause', ARGV[11], 'epoch', new_epoch)
    redis.call('HINCRBY', KEYS[3], 'gaps', 1)
  end
end
local now = store_millis()
redis.call('HSET', KEYS[1], 'epoch', new_epoch, 'owner', ARGV[1], 'beat', 0, 'watermark', start,
  'generation', generation, 'slices', ARGV[9], 'transport', ARGV[15])
if start ~= watermark then
  redis.call('HSET', KEYS[1], 'moved', now)
end
redis.call('HSET', KEYS[3], 'max_dead', ARGV[14])
return {'granted', new_epoch, start, generation, now, gap_from, ends or '', ready}

-- skip: the leader declares messages it could not keep as a gap and moves the watermark past them, or neither.
--
-- KEYS[1] lead    hash
-- KEYS[2] gaps    stream
-- KEYS[3] ledger  hash
-- ARGV[1] epoch     integer
-- ARGV[2] owner     string
-- ARGV[3] expected  position   where the watermark must stand: the gap's inclusive start
-- ARGV[4] new       position   the gap's exclusive end
-- ARGV[5] count     integer    how many messages, or '' if nobody knows
-- ARGV[6] cause     string
--
-- Returns {'ok' or 'already', watermark}, {'conflict', watermark}, {'fenced', epoch, owner}
--         {'ends', position}   the slice ends before the gap's end; nothing was written
--@include ends
--@include leader
--@include time

local refusal = fenced(KEYS[1], ARGV[1], ARGV[2])
if refusal then
  return refusal
end
local lead = redis.call('HMGET', KEYS[1], 'watermark', 'ends')
local watermark = lead[1]
if watermark >= ARGV[4] then
  return {'already', watermark}
end
if watermark ~= ARGV[3] then
  return {'conflict', watermark}
end
local ended = beyond_the_end(lead[2], ARGV[4])
if ended then
  return ended
end
redis.call('HLEN', KEYS[3])
local gap = {'from', ARGV[3], 'to', ARGV[4], 'cause', ARGV[6], 'epoch', ARGV[1]}
if ARGV[5] ~= '' then
  gap[#gap + 1] = 'count'
  gap[#gap + 1] = ARGV[5]
end
redis.call('XADD', KEYS[2], '*', unpack(gap))
redis.call('HINCRBY', KEYS[3], 'gaps', 1)
if ARGV[5] ~= '' then
  redis.call('HINCRBY', KEYS[3], 'lost', ARGV[5])
end
redis.call('HSET', KEYS[1], 'watermark', ARGV[4], 'moved', store_millis())
return {'ok', ARGV[4]}

-- trim: a worker has old entries of the output stream go, and counts them. Whole nodes of the stream only, so some more may
-- stay; and a bounded piece a call, by the server's own bound.
--
-- KEYS[1] stream  stream
-- KEYS[2] ledger  hash
-- ARGV[1] most entries  integer   that stay, about; 0 for any number
-- ARGV[2] longest age   integer   of those that stay, in milliseconds by the store's clock; 0 for any
--
-- Returns {'ok', how many went}
--@include time
--@include whole

local most, age = whole(ARGV[1]), whole(ARGV[2])
if not most or not age then
  return redis.error_reply('BATON trim: a bound is a whole number')
end
redis.call('XLEN', KEYS[1])
redis.call('HLEN', KEYS[2])
local went = 0
if most > 0 then
  went = went + redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', most)
end
if age > 0 then
  went = went + redis.call('XTRIM', KEYS[1], 'MINID', '~', math.max(0, store_millis() - age))
end
if went > 0 then
  redis.call('HINCRBY', KEYS[2], 'trimmed', went)
end
return {'ok', went}

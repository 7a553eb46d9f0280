-- What a worker is registered with, the same in both transports. Needs whole.
local OURS = {incarnation = 1, epoch = 1, beat = 1, state = 1, capacity = 1, head = 1, fetched = 1, last = 1, joined = 1,
  wish = 1, packed = 1, held = 1, into = 1}
local MOST_ABOUT = 200

-- Returns the refusal to hand back, or nothing.
local function unfit_worker()
  if not whole(ARGV[3]) or not whole(ARGV[4]) then
    return redis.error_reply('BATON join: capacity and most crashes are whole numbers')
  end
  if #ARGV % 2 ~= 0 or #ARGV - 4 > MOST_ABOUT then
    return redis.error_reply('BATON join: names and values that do not pair, or too many')
  end
  for i = 5, #ARGV, 2 do
    if OURS[ARGV[i]] or ARGV[i] == 'adding' then
      return redis.error_reply('BATON join: ' .. ARGV[i] .. ' is a field of ours')
    end
  end
end

-- Writes it in place of the former incarnation, which holds nothing any more.
local function register(workers, worker, lead, transport, epoch, head, packed, now)
  local told, former = {}, {}
  for i = 5, #ARGV, 2 do
    told[ARGV[i]] = true
  end
  for _, name in ipairs(redis.call('HKEYS', worker)) do
    if not OURS[name] and not told[name] then
      former[#former + 1] = name
    end
  end
  redis.call('HSET', worker, 'incarnation', ARGV[2], 'epoch', epoch, 'beat', 0, 'state', 'live',
    'capacity', ARGV[3], 'head', head, 'fetched', head, 'last', '', 'joined', now,
    'packed', packed, 'held', 0, 'into', 0, unpack(ARGV, 5))
  if #former > 0 then
    redis.call('HDEL', worker, unpack(former))
  end
  redis.call('SADD', workers, ARGV[1])
  redis.call('HSET', lead, 'transport', transport)
  redis.call('HINCRBY', lead, 'roster', 1)
end

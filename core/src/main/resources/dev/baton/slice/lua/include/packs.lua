-- What a lane holds: entries, one element of the list each, and packs of messages, two elements each. A pack's head has 36 bytes, of
-- which the first 24 have the layout of an entry's; its version is 2, byte 4 is 1 if its records hold the channel, bytes 25-26 count the
-- messages, byte 27 is the distance between the indexes of two neighbours, 29-32 say where in the body the first record begins, counted
-- from 0, 33-36 how long the body is. The body follows its head: records, each the payload's length in four bytes, if the channel is there
-- its length in two and its name, the payload. What is cut short is an empty message.
--
-- Scripts look at heads: each byte that becomes a Lua string costs the server more than all else that is done with it.
--
-- The worker's hash has in 'packed' how many more entries its lane holds than elements. Needs entry.
local HEAD_BYTES = 36

-- How many messages a pack holds; nothing for what is no head.
local function pack_size(element)
  if string.byte(element, 1) ~= 2 or #element < HEAD_BYTES then
    return nil
  end
  local high, low = string.byte(element, 25, 26)
  local size = high * 256 + low
  return size > 0 and size or nil
end

local function four_at(bytes, at)
  local a, b, c, d = string.byte(bytes, at, at + 3)
  return d and ((a * 256 + b) * 256 + c) * 256 + d
end

local function four_bytes(number)
  number = number % 4294967296
  return string.char(math.floor(number / 16777216), math.floor(number / 65536) % 256, math.floor(number / 256) % 256,
    number % 256)
end

-- Where the first record of a pack begins in its body.
local function first_record(head)
  return four_at(head, 29) + 1
end

-- Where the payload of the record at a place begins and ends, and its channel.
local function record_at(body, at, several)
  local length, from, channel = four_at(body, at), at + 4, ''
  if length and several then
    local high, low = string.byte(body, from, from + 1)
    length = low and length
    if low then
      channel = string.sub(body, from + 2, from + 1 + high * 256 + low)
      from = from + 2 + high * 256 + low
    end
  end
  if not length or from + length - 1 > #body then
    return #body + 1, #body, ''
  end
  return from, from + length - 1, channel
end

local function has_channels(head)
  return string.byte(head, 4) % 2 == 1
end

-- The message of a pack as an entry of its own; its ordinal is counted from 0.
local function entry_from(head, ordinal, body, from, last, channel)
  local index = four_at(head, 21) + ordinal * string.byte(head, 27)
  return '\1\0\0\0' .. string.char(math.floor(#channel / 256), #channel % 256) .. string.sub(head, 7, 20)
    .. four_bytes(index) .. channel .. string.sub(body, from, last)
end

-- All entries of a pack, or the one entry that is none. A body that was deleted by hand leaves empty messages.
local function entries_of(element, body)
  local size = pack_size(element)
  if not size then
    return {element}
  end
  local entries, at, several = {}, first_record(element), has_channels(element)
  for i = 1, size do
    local from, last, channel = record_at(body or '', at, several)
    entries[i] = entry_from(element, i - 1, body or '', from, last, channel)
    at = last + 1
  end
  return entries
end

-- The head of a part of a pack: from an ordinal on, counted from 0, so many messages. The body stays as it is.
local function part_of(head, body, ordinal, size)
  local at, several = first_record(head), has_channels(head)
  for _ = 1, ordinal do
    local _, last = record_at(body, at, several)
    at = last + 1
  end
  return string.sub(head, 1, 20) .. four_bytes(four_at(head, 21) + ordinal * string.byte(head, 27))
    .. string.char(math.floor(size / 256), size % 256) .. string.sub(head, 27, 28) .. four_bytes(at - 1)
    .. string.sub(head, 33, HEAD_BYTES)
end

-- How many entries a lane holds, and how many more that is than elements, as the worker's hash has it: none if the lane was deleted
-- by hand.
local function entries_in(lane, packed)
  local elements = redis.call('LLEN', lane)
  packed = elements > 0 and tonumber(packed or 0) or 0
  return elements + packed, packed
end

-- Elements of a lane: entries, and packs of them. A pack is a run of messages under one header of 28 bytes, whose first 24
-- have the layout of an entry's; its version is 2, byte 4 is 1 if its records hold the channel, bytes 25-26 count the messages,
-- byte 27 is the distance between the indexes of two neighbours. A record is the payload's length in four bytes, if the channel is
-- there its length in two and its name, the payload. What is cut short is an empty message.
--
-- The worker's hash has in 'packed' how many more entries its lane holds than elements. Needs entry.
local PACK_BYTES = 28

-- How many messages a pack holds; nothing for what is no pack.
local function pack_size(element)
  if string.byte(element, 1) ~= 2 or #element < PACK_BYTES then
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

-- Where the payload of the record at a place begins and ends, and its channel.
local function record_at(pack, at, several)
  local length, from, channel = four_at(pack, at), at + 4, ''
  if length and several then
    local high, low = string.byte(pack, from, from + 1)
    length = low and length
    if low then
      channel = string.sub(pack, from + 2, from + 1 + high * 256 + low)
      from = from + 2 + high * 256 + low
    end
  end
  if not length or from + length - 1 > #pack then
    return #pack + 1, #pack, ''
  end
  return from, from + length - 1, channel
end

local function has_channels(pack)
  return string.byte(pack, 4) % 2 == 1
end

-- The message of a pack as an entry of its own; its ordinal is counted from 0.
local function entry_from(pack, ordinal, from, last, channel)
  local index = four_at(pack, 21) + ordinal * string.byte(pack, 27)
  return '\1\0\0\0' .. string.char(math.floor(#channel / 256), #channel % 256) .. string.sub(pack, 7, 20)
    .. four_bytes(index) .. channel .. string.sub(pack, from, last)
end

-- All entries of an element.
local function entries_of(element)
  local size = pack_size(element)
  if not size then
    return {element}
  end
  local entries, at, several = {}, PACK_BYTES + 1, has_channels(element)
  for i = 1, size do
    local from, last, channel = record_at(element, at, several)
    entries[i] = entry_from(element, i - 1, from, last, channel)
    at = last + 1
  end
  return entries
end

-- A part of a pack, as a pack: from an ordinal on, counted from 0, so many messages.
local function part_of(pack, ordinal, size)
  local at, several, begin = PACK_BYTES + 1, has_channels(pack), PACK_BYTES + 1
  for i = 0, ordinal + size - 1 do
    if i == ordinal then
      begin = at
    end
    local _, last = record_at(pack, at, several)
    at = last + 1
  end
  return string.sub(pack, 1, 20) .. four_bytes(four_at(pack, 21) + ordinal * string.byte(pack, 27))
    .. string.char(math.floor(size / 256), size % 256) .. string.sub(pack, 27, PACK_BYTES)
    .. string.sub(pack, begin, at - 1)
end

-- How many entries a lane holds, and how many more that is than elements, as the worker's hash has it: none if the lane was deleted
-- by hand.
local function entries_in(lane, packed)
  local elements = redis.call('LLEN', lane)
  packed = elements > 0 and tonumber(packed or 0) or 0
  return elements + packed, packed
end

-- Walks over finished entries, whatever elements they are in: each entry is visited once, in order. Needs entry and packs.
local HEX_DIGITS = '0123456789abcdef'

-- elements: entries and heads of packs, oldest first. body_of, for a lane only: a function that returns the body of the pack with that number.
local function walk_over(elements, body_of)
  local sub, byte, format = string.sub, string.byte, string.format
  local place, element, body, in_pack, visited, size = 0, nil, nil, false, 0, 0
  local at, several, first, step, mark, near, near_text, records_read
  local walk = {}

  -- Goes to the next entry, and does not look at it.
  local function step_on()
    if visited == size then
      place, visited = place + 1, 0
      element, body = elements[place], nil
      size = body_of and pack_size(element)
      in_pack, size = size ~= nil, size or 1
      if in_pack then
        at, several, records_read = first_record(element), has_channels(element), 0
        first, step, near = four_at(element, 21), byte(element, 27), nil
        mark = sub(position_of(element), 1, 18)
      end
    end
    visited = visited + 1
  end

  -- Goes to the next entry. Of a pack, returns where its payload begins and ends, and its channel.
  local function go_on()
    step_on()
    if in_pack then
      body = body or body_of(place)
      local from, last, channel
      repeat
        from, last, channel = record_at(body, at, several)
        at, records_read = last + 1, records_read + 1
      until records_read == visited
      return from, last, channel
    end
  end

  -- Neighbours' positions differ in the last digit: what is before it is written once for sixteen.
  local function position_text()
    local index = (first + (visited - 1) * step) % 4294967296
    local digit = index % 16
    if near ~= index - digit then
      near = index - digit
      near_text = mark .. format('%07x', near / 16)
    end
    return near_text .. sub(HEX_DIGITS, digit + 1, digit + 1)
  end

  function walk.skip(entries)
    for _ = 1, entries do
      step_on()
    end
  end

  -- The next one's payload, its position for people, and its channel or ''. Most are in the midst of a pack of one channel.
  function walk.passed()
    if in_pack and visited < size and records_read == visited and body and not several then
      local a, b, c, d = byte(body, at, at + 3)
      local from = at + 4
      local last = d and from + ((a * 256 + b) * 256 + c) * 256 + d - 1
      if last and last <= #body then
        visited, records_read, at = visited + 1, records_read + 1, last + 1
        return sub(body, from, last), position_text(), ''
      end
    end
    local from, last, channel = go_on()
    if in_pack then
      return sub(body, from, last), position_text(), channel
    end
    local high, low = byte(element, 5, 6)
    from = low and HEADER_BYTES + 1 + high * 256 + low or 1
    return sub(element, from), position_of(element), sub(element, HEADER_BYTES + 1, from - 1)
  end

  -- The next one, as an entry of its own.
  function walk.entry()
    local from, last, channel = go_on()
    return in_pack and entry_from(element, visited - 1, body, from, last, channel) or element
  end

  return walk
end

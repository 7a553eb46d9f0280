-- A whole number from an argument, or nothing: decimal digits only, and few enough that doubles hold it exactly.
local function whole(text)
  if text and #text <= 15 and string.find(text, '^%d+$') then
    return tonumber(text)
  end
end

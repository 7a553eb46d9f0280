-- While the number of slices is being changed, a slice ends at a position: what follows belongs to the slices to come, and
-- no leader that has not noticed yet may move the watermark past it.
-- Returns the refusal to hand back, or nothing.
local function beyond_the_end(ends, new)
  if ends and new > ends then
    return {'ends', ends}
  end
end

-- Plays the calls of a folder in turn and compares every answer with the one that was checked before.
-- Arguments: the folder, the number of calls in it, and "same" where each answer must be the checked one.
-- The last line that it prints is: answered, and how many of these were not what they had to be.

local calls, expected, turn = {}, {}, 0
local threads = {}
wrong = 0

local function content(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  local folder, number, same = arguments[1], tonumber(arguments[2]), arguments[3] == "same"
  local headers = { ["Content-Type"] = "application/json" }
  for each = 0, number - 1 do
    local name = folder .. "/" .. each
    calls[each] = wrk.format("POST", content(name .. ".path"), headers, content(name .. ".body"))
    if same then
      expected[content(name .. ".patient")] = content(name .. ".answer")
    end
  end
  if not same then
    expected = nil
  end
end

function request()
  turn = (turn + 1) % (#calls + 1)
  return calls[turn]
end

function response(status, _, body)
  local patient = expected and body:match('"reference":"Patient/([%w-]+)"')
  if status ~= 200 or (expected and expected[patient] ~= body) then
    wrong = wrong + 1
  end
end

function done(summary)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do
    failed = failed + thread:get("wrong")
  end
  print(summary.requests .. " " .. failed)
end

// The same schedule as an expression of LuaJIT and of muParser.

#include <memory>
#include <stdexcept>

#include "bench/measurements.h"
#if LRC_BENCH_LUAJIT
#include <lua.hpp>
#endif
#if LRC_BENCH_MUPARSER
#include <muParser.h>
#endif

namespace lrc::bench {
namespace {

[[noreturn, maybe_unused]] Body missing(const char* package) {
  throw std::runtime_error(std::string(package) + " was not found when this was built");
}

#if LRC_BENCH_LUAJIT
// The loop is Lua's, too: a trace of LuaJIT is not left between two evaluations.
constexpr const char* lua_text = R"(
local cos, pi = math.cos, math.pi
local function lr(step)
  if step < 6000 then return 3e-4 * ((step + 1) / 6000) end
  if step >= 100000 then return 3e-4 * 0.01 end
  return 3e-4 * (1 + (0.01 - 1) * (0.5 - 0.5 * cos(pi * ((step - 6000) / 94000))))
end
local step, sum = 0, 0
return function(times)
  for _ = 1, times do
    sum = sum + lr(step)
    step = step + 1
    if step == 100000 then step = 0 end
  end
  return sum
end)";

Body luajit() {
  const std::shared_ptr<lua_State> lua(luaL_newstate(), lua_close);
  luaL_openlibs(lua.get());
  if (luaL_dostring(lua.get(), lua_text) != 0)
    throw std::runtime_error(lua_tostring(lua.get(), -1));
  return [lua](std::int64_t times) {
    lua_pushvalue(lua.get(), -1);
    lua_pushnumber(lua.get(), static_cast<double>(times));
    lua_call(lua.get(), 1, 1);
    keep(lua_tonumber(lua.get(), -1));
    lua_pop(lua.get(), 1);
  };
}
#else
Body luajit() { missing("LuaJIT"); }
#endif

#if LRC_BENCH_MUPARSER
constexpr const char* expression =
    "t < 6000 ? 3e-4*((t + 1)/6000)"
    " : 3e-4*(1 + (0.01 - 1)*(0.5 - 0.5*cos(_pi*((t - 6000)/94000))))";

// Its first evaluation compiles to bytecode.
struct Parser {
  double t = 0;
  mu::Parser parser;
  Parser() {
    parser.DefineVar("t", &t);
    parser.SetExpr(expression);
    keep(parser.Eval());
  }
};

Body muparser() {
  return [one = std::make_shared<Parser>()](std::int64_t times) {
    for (; times > 0; --times) {
      keep(one->parser.Eval());
      one->t = one->t + 1 < 100000 ? one->t + 1 : 0;
    }
  };
}

Body muparser_callable() {
  return [](std::int64_t times) {
    for (; times > 0; --times) keep(Parser().t);
  };
}
#else
Body muparser() { missing("muParser"); }
Body muparser_callable() { missing("muParser"); }
#endif

}  // namespace

void add_expression_peers(Worker& worker) {
  worker.add("luajit", luajit);
  worker.add("muparser", muparser);
  worker.add("muparser callable", muparser_callable);
}

}  // namespace lrc::bench

#ifndef MGMD_TESTS_FAKES_MGM_CALLBACKS_H_
#define MGMD_TESTS_FAKES_MGM_CALLBACKS_H_

// The callbacks of MgmWorldOf's clients: each records its line and calls the client's hook.

#include <array>
#include <string>
#include <utility>

#include "tests/fakes/mgm_world.h"

namespace mgmd::fakes {

inline constexpr int kIgmp = 8;

inline std::string ClientName(int number) { return number == kIgmp ? "I" : "P" + std::to_string(number + 1); }
inline std::string InterfaceName(DWORD index) { return "i" + std::to_string(index); }
inline std::string Bool(BOOL value) { return value != FALSE ? " T" : " F"; }

// mgm.h's callbacks carry no context: each client has functions of its own.
template <class Family, int N>
struct Callbacks {
  using World = MgmWorldOf<Family>;
  using Values = mgm::CValues<Family>;
  using Parameter = typename Values::Parameter;
  using Pointer = typename Values::Address*;

  static auto& hooks() { return World::Current().hooks(ClientName(N)); }
  static std::string Entry(Parameter source, Parameter group, DWORD mask = Values::MaskOf(Family::kAddressBits)) {
    return World::Address::Entry(Values::Given(source), Values::Given(group), mask);
  }
  static void Record(const std::string& what, const std::string& rest) {
    World::Current().Record(what + " " + ClientName(N) + " " + rest);
  }
  static DWORD Rpf(Parameter source, DWORD, Parameter group, DWORD mask, PDWORD iif, Pointer, Pointer, DWORD, PBYTE,
                   PBYTE route) {
    Record("RPF", Entry(source, group, mask) + " " + InterfaceName(*iif));
    if (hooks().rpf) hooks().rpf(iif, reinterpret_cast<typename Values::Route*>(route));
    return NO_ERROR;
  }
  static DWORD Creation(Parameter source, DWORD, Parameter group, DWORD mask, DWORD iif, Parameter, DWORD count,
                        typename Values::IfEntry* list) {
    std::string oifs;
    for (DWORD i = 0; i < count; ++i) oifs += (i == 0 ? "" : " ") + InterfaceName(list[i].dwIfIndex);
    Record("CREATION", Entry(source, group, mask) + " " + InterfaceName(iif) + " {" + oifs + "}");
    if (hooks().creation) hooks().creation(count, list);
    return NO_ERROR;
  }
  static DWORD Prune(Parameter source, DWORD, Parameter group, DWORD mask, DWORD index, Parameter, BOOL membership,
                     PDWORD timeout) {
    const std::string what = Entry(source, group, mask) + Bool(membership);
    Record("U", what);
    World::Current().RecordPrune("U " + ClientName(N) + " " + what + " " + InterfaceName(index));
    if (hooks().prune) hooks().prune(timeout, membership);
    return NO_ERROR;
  }
  static DWORD Join(Parameter source, DWORD, Parameter group, DWORD mask, BOOL membership) {
    Record("J", Entry(source, group, mask) + Bool(membership));
    if (hooks().join) hooks().join(membership);
    return NO_ERROR;
  }
  static DWORD Wrong(Parameter source, Parameter group, DWORD index, Parameter, DWORD, PBYTE) {
    Record("WRONG", Entry(source, group) + " " + InterfaceName(index));
    return NO_ERROR;
  }
  static DWORD LocalJoin(Parameter source, DWORD, Parameter group, DWORD mask, DWORD index, Parameter) {
    Record("LJ", Entry(source, group, mask) + " " + InterfaceName(index));
    if (hooks().local) hooks().local();
    return NO_ERROR;
  }
  static DWORD LocalLeave(Parameter source, DWORD, Parameter group, DWORD mask, DWORD index, Parameter) {
    Record("LL", Entry(source, group, mask) + " " + InterfaceName(index));
    if (hooks().local) hooks().local();
    return NO_ERROR;
  }
  static DWORD Disable(DWORD index, Parameter) {
    World::Current().Record("D " + InterfaceName(index));
    if (hooks().disable) hooks().disable();
    return NO_ERROR;
  }
  static DWORD Enable(DWORD index, Parameter) {
    World::Current().Record("E " + InterfaceName(index));
    if (hooks().enable) hooks().enable();
    return NO_ERROR;
  }
  static typename Values::Config Config() {
    return {0,         Rpf,        Creation, Prune, Join, hooks().wants_wrong_interface ? Wrong : nullptr,
            LocalJoin, LocalLeave, Disable,  Enable};
  }
};

template <class Family, int... N>
auto AllConfigs(std::integer_sequence<int, N...>) {
  return std::array{&Callbacks<Family, N>::Config...};
}

}  // namespace mgmd::fakes

#endif  // MGMD_TESTS_FAKES_MGM_CALLBACKS_H_

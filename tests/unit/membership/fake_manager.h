#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_FAKE_MANAGER_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_FAKE_MANAGER_H_

// A Group Manager with one client, behind the functions of mgm.h and mgm6.h: it holds what the client has joined,
// refuses what it likes while it is told to, and disables interfaces and enables them when it is told to. In between
// nothing may be called for them, and nothing at all from a callback.
//
// Where (*,G) begins it asks the client, as CREATION does, which sources it does not want. One of a family at a time.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "control/mgm/c_values.h"
#include "tests/support/choices.h"

namespace mgmd::membership {

template <class Family>
class FakeManager {
 public:
  using Address = typename Family::Address;
  using Values = mgm::CValues<Family>;
  struct Held {
    std::set<std::optional<Address>> joined{};  // nothing: (*,G)
    std::set<Address> blocked{};                // of (*,G)

    bool Forwards(const Address& source) const {
      return joined.contains(source) || (joined.contains(std::nullopt) && !blocked.contains(source));
    }
  };

  static inline FakeManager* current = nullptr;

  // `sources`: all that send.
  FakeManager(support::Choices& choices, std::vector<Address> sources)
      : choices_(choices), sources_(std::move(sources)) {
    current = this;
  }
  FakeManager(const FakeManager&) = delete;
  FakeManager& operator=(const FakeManager&) = delete;
  ~FakeManager() { current = nullptr; }

  bool refuses = false;

  const Held& held(DWORD interface, const Address& group) { return interfaces_[interface].groups[group]; }

  void Disable(DWORD interface) {
    interfaces_[interface] = {.enabled = false};
    Call([&] { Values::DisableCallback(config_)(interface, Values::Pass(kNone)); });
  }
  void Enable(DWORD interface) {
    interfaces_[interface].enabled = true;
    Call([&] { Values::EnableCallback(config_)(interface, Values::Pass(kNone)); });
  }

  // --- The functions.
  DWORD Register(const typename Values::Config& config) {
    config_ = config;
    return NO_ERROR;
  }
  DWORD Take(DWORD interface) {
    interfaces_[interface] = {};
    return NO_ERROR;
  }
  DWORD Release(DWORD interface) {
    interfaces_.erase(interface);
    return NO_ERROR;
  }
  DWORD Change(const typename Values::Change* changes, DWORD count, PDWORD results) {
    EXPECT_FALSE(in_callback_) << "a callback calls the Group Manager";
    if (refuses && choices_.Below(16) == 0) return ERROR_CAN_NOT_COMPLETE;
    for (DWORD i = 0; i < count; ++i) {
      // In both families in the same order.
      const auto& [change, flags, source, source_mask, group, group_mask, interface, next_hop] = changes[i];
      results[i] = refuses && choices_.Below(4) == 0
                       ? ERROR_NOT_ENOUGH_MEMORY
                       : ChangeOne(change == MGM_EXT_MEMBERSHIP_ADD, flags == MGM_JOIN_STATE_FLAG, interface,
                                   Values::FromC(source), Values::FromC(group));
    }
    return NO_ERROR;
  }

 private:
  struct Interface {
    bool enabled = true;
    std::map<Address, Held> groups{};
  };
  static constexpr typename Values::Address kNone{};

  DWORD ChangeOne(bool add, bool join, DWORD interface, const Address& source, const Address& group) {
    EXPECT_TRUE(interfaces_.contains(interface) && interfaces_[interface].enabled) << "it is disabled";
    Held& held = interfaces_[interface].groups[group];
    const auto of = source.is_zero() ? std::nullopt : std::optional(source);
    if (join && add) {
      EXPECT_TRUE(held.joined.insert(of).second) << "it is joined already";
      if (!of) held.blocked = Unwanted(interface, group);
    } else if (join) {
      EXPECT_EQ(held.joined.erase(of), 1u) << "it is not joined";
      if (!of) held.blocked.clear();
    } else if (add) {
      held.blocked.erase(source);
    } else if (!held.joined.contains(std::nullopt)) {
      return ERROR_NOT_FOUND;
    } else {
      held.blocked.insert(source);
    }
    return NO_ERROR;
  }

  std::set<Address> Unwanted(DWORD interface, const Address& group) {
    std::set<Address> unwanted;
    const DWORD all = Values::MaskOf(Family::kAddressBits);
    for (const Address& source : sources_) {
      typename Values::IfEntry oif{interface, kNone, TRUE, TRUE};
      const auto from = Values::ToC(source), to = Values::ToC(group);
      Call([&] {
        config_.pfnCreationAlertCallback(Values::Pass(from), all, Values::Pass(to), all, kArrival, Values::Pass(kNone),
                                         1, &oif);
      });
      if (oif.bIsEnabled == FALSE) unwanted.insert(source);
    }
    return unwanted;
  }

  template <class Function>
  void Call(Function&& function) {
    in_callback_ = true;
    function();
    in_callback_ = false;
  }

  static constexpr DWORD kArrival = 1000;  // where streams come in

  support::Choices& choices_;
  const std::vector<Address> sources_;
  typename Values::Config config_{};
  std::map<DWORD, Interface> interfaces_;
  bool in_callback_ = false;
};

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_FAKE_MANAGER_H_

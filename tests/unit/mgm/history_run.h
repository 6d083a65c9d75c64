#ifndef MGMD_TESTS_UNIT_MGM_HISTORY_RUN_H_
#define MGMD_TESTS_UNIT_MGM_HISTORY_RUN_H_

// A history of calls, one after the other on the Group Manager of a family and on the reference model, and after each
// call the comparison of all that can be seen: return codes, callbacks in their order, MFEs with their OILs, the
// forwarding table, enumerations. Differences are GoogleTest failures.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/fakes/mgm_world.h"
#include "tests/support/choices.h"
#include "tests/unit/mgm/reference_model.h"

namespace mgmd::reference {

using fakes::MgmWorldOf;

inline constexpr int kSources = 3;
inline constexpr int kGroups = 3;

// Deterministic, so that manager and model veto the same.
inline bool Vetoes(const std::string& client, const std::string& entry, int oif) {
  return std::hash<std::string>()(client + entry + std::to_string(oif)) % 5 == 0;
}

// What of the order of lines is compared. The order in which a release visits MFEs is not laid
// down, nor that in which grace times end.
enum class Order {
  kAll,
  kOfOthers,  // than those for MFEs, which end in F
  kNone,
};

inline Lines Canonical(Lines lines, Order order) {
  if (order == Order::kAll) return lines;
  const auto first = std::stable_partition(lines.begin(), lines.end(), [&](const auto& line) {
    return order == Order::kOfOthers && line.find(" F") == std::string::npos;
  });
  std::sort(first, lines.end());
  return lines;
}

// Which iif a client asks for: mostly the one that it is shown. Deterministic, too.
inline int Chooses(const std::string& client, const std::string& stream) {
  const size_t hash = std::hash<std::string>()(stream + client);
  return hash % 2 == 0 ? 0 : 1 + static_cast<int>(hash / 2 % 8);
}

struct History {
  int clients;  // 1 to 6, the last of them IGMP where there are more than two
  int interfaces;
  DWORD grace_ms = 0;  // IGMP's
  bool hitless = false;
};

template <class Family>
class HistoryRun {
 public:
  HistoryRun(const History& history, support::Choices& choices)
      : history_(history),
        choices_(choices),
        world_(history.hitless ? MGM_EXT_HITLESS_TAKEOVER : 0, 0, 0, history.grace_ms),
        model_({.veto = [](const std::string& client, const Entry& stream,
                           int oif) { return Vetoes(client, stream.ToString(), oif); },
                .choice = [](const std::string& client,
                             const Entry& stream) { return Chooses(client, stream.ToString()); },
                .grace_us = int64_t{history_.grace_ms} * 1000,
                .hitless = history.hitless}) {
    for (int i = 0; i < history_.clients; ++i) {
      clients_.push_back(history_.clients > 2 && i + 1 == history_.clients ? "I" : "P" + std::to_string(i + 1));
    }
    for (const std::string& client : clients_) {
      world_.hooks(client).rpf = [this, client](PDWORD iif, auto*) {
        const int chosen = Chooses(client, LastStream());
        if (chosen != 0) *iif = static_cast<DWORD>(chosen);
      };
      world_.hooks(client).creation = [this, client](DWORD count, auto* list) {
        const std::string stream = LastStream();
        for (DWORD i = 0; i < count; ++i) {
          if (Vetoes(client, stream, static_cast<int>(list[i].dwIfIndex))) list[i].bIsEnabled = FALSE;
        }
      };
    }
  }

  // One call on both, the turn after it, and every comparison. `step` says which comparisons it is the turn of.
  void Step(int step) {
    const std::string what = Call();
    CompareEvents(set_order_ ? Order::kOfOthers : Order::kAll);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "step " << step << ": " << what;
    // Mostly all at once, which is quicker than in pieces of one MFE each.
    const DWORD room = step % 4 == 0 ? 128 : 8192;
    CompareMfes(room);
    if (step % 4 == 0) CompareEnumerations();
    // Refills what decisions again are limited by, and ends grace times; no MFE comes to its end.
    world_.Advance(0.0005);
    model_.Advance(500);
    if (CompareEvents(history_.grace_ms == 0 ? Order::kAll : Order::kNone) || step % 8 == 0) {
      CompareMfes(room);
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "the turn after step " << step << ": " << what;
  }

 private:
  // The line just recorded names the stream.
  std::string LastStream() const {
    const std::string line = world_.LastEvent();
    const size_t begin = line.find('(');
    return line.substr(begin, line.find(')') - begin + 1);
  }
  int Below(int bound) { return static_cast<int>(choices_.Below(static_cast<uint32_t>(bound))); }
  const std::string& AnyClient() { return clients_[static_cast<size_t>(Below(static_cast<int>(clients_.size())))]; }
  int AnyInterface() { return 1 + Below(history_.interfaces); }
  std::string AnySource() { return "S" + Suffix(Below(kSources)); }
  static std::string Suffix(int number) { return number == 0 ? "" : std::to_string(number + 1); }
  Entry AnyEntry() {
    switch (Below(8)) {
      case 0:
        return {"*", "*"};
      case 1:
      case 2:
      case 3:
        return {"G" + Suffix(Below(kGroups)), AnySource()};
      default:
        return {"G" + Suffix(Below(kGroups)), "*"};
    }
  }

  // Does one call on both; returns what it was.
  std::string Call() {
    const std::string client = AnyClient();
    const int interface = AnyInterface();
    DWORD code = NO_ERROR;
    DWORD expected = NO_ERROR;
    std::string what;
    set_order_ = false;
    const int dice = Below(100);
    if (dice < 3) {
      what = "Register " + client;
      expected = model_.Register(client);
      code = world_.Register(client);
    } else if (dice < 5) {
      what = "DeRegister " + client;
      expected = model_.DeRegister(client);
      code = world_.DeRegister(client);
    } else if (dice < 15) {
      what = "Take " + client + " i" + std::to_string(interface);
      set_order_ = true;
      expected = model_.Take(client, interface);
      code = world_.Take(client, static_cast<DWORD>(interface));
    } else if (dice < 19) {
      what = "Release " + client + " i" + std::to_string(interface);
      set_order_ = true;
      expected = model_.Release(client, interface);
      code = world_.Release(client, static_cast<DWORD>(interface));
    } else if (dice < 70) {
      const Entry entry = AnyEntry();
      constexpr DWORD kFlags[] = {1, 1, 1, 1, 2, 2, 3, 0};
      const DWORD flags = kFlags[Below(8)];
      const bool add = dice < 48;
      what = (add ? "Add " : "Delete ") + client + " " + entry.ToString() + " i" + std::to_string(interface) + " " +
             std::to_string(flags);
      expected = add ? model_.Add(client, entry, interface, flags) : model_.Delete(client, entry, interface, flags);
      code = add ? world_.Add(client, entry.source, entry.group, static_cast<DWORD>(interface), flags)
                 : world_.Delete(client, entry.source, entry.group, static_cast<DWORD>(interface), flags);
    } else if (dice < 73) {
      const Entry stream{"G" + Suffix(Below(kGroups)), AnySource()};
      what = "SetMfe " + client + " " + stream.ToString() + " i" + std::to_string(interface);
      expected = model_.SetMfe(client, stream, interface);
      code = world_.SetMfe(client, stream.source, stream.group, static_cast<DWORD>(interface));
    } else if (dice < 92) {
      const Entry stream{"G" + Suffix(Below(kGroups)), AnySource()};
      what = "Packet " + stream.ToString() + " i" + std::to_string(interface);
      expected = model_.Packet(stream, interface);
      code = world_.Packet(stream.source, stream.group, static_cast<DWORD>(interface));
    } else {
      const std::string source = AnySource();
      const int towards = Below(history_.interfaces + 1);
      what = "Route " + source + " i" + std::to_string(towards);
      model_.RouteChanges(source, towards);
      world_.SetRoute(source, static_cast<DWORD>(towards));
      code = world_.RoutesChanged(source);
    }
    EXPECT_EQ(code, expected) << what;
    return what;
  }

  // Returns whether there were any.
  bool CompareEvents(Order order) {
    const Lines seen = world_.TakeEvents();
    EXPECT_EQ(Canonical(seen, order), Canonical(model_.TakeEvents(), order));
    Lines prunes = world_.TakePrunes();
    std::erase_if(prunes, [](const std::string& line) {
      return line.find("(*,") != std::string::npos && line.find(" T ") != std::string::npos;
    });
    EXPECT_EQ(Canonical(prunes, order), Canonical(model_.TakePrunes(), order));
    return !seen.empty();
  }

  // Read with buffers of so many octets.
  void CompareMfes(DWORD room) {
    const auto shown = world_.Walk(room);
    ASSERT_EQ(shown.size(), model_.mfes().size());
    ASSERT_EQ(world_.table().size(), model_.mfes().size());
    auto place = shown.begin();
    for (const auto& [stream, mfe] : model_.mfes()) {
      ASSERT_EQ(place->first, stream.ToString());
      EXPECT_EQ(place->second.mfe.dwInIfIndex, static_cast<DWORD>(mfe.iif)) << stream.ToString();
      const std::set<int> oil = model_.Oil(stream);
      EXPECT_EQ(std::set<int>(place->second.oifs.begin(), place->second.oifs.end()), oil) << stream.ToString();
      const fakes::ForwardingEntry& entry = world_.table().at(stream.ToString());
      EXPECT_EQ(entry.no_route, mfe.orphan) << stream.ToString();
      EXPECT_EQ(std::set<int>(entry.oifs.begin(), entry.oifs.end()), oil) << stream.ToString();
      EXPECT_EQ(entry.iif, mfe.orphan ? 0u : static_cast<uint32_t>(mfe.iif)) << stream.ToString();
      ++place;
    }
  }

  void CompareEnumerations() {
    for (const std::string& client : clients_) {
      const auto all = world_.Enumerate(client, ALL_SOURCES, 48);
      if (all.contains("failed")) continue;  // not registered
      EXPECT_EQ(all, model_.AllSources());
      EXPECT_EQ(world_.Enumerate(client, ANY_SOURCE, 48), model_.AnySource());
      return;
    }
  }

  const History history_;
  support::Choices& choices_;
  MgmWorldOf<Family> world_;
  ReferenceModel model_;
  std::vector<std::string> clients_;
  bool set_order_ = false;
};

}  // namespace mgmd::reference

#endif  // MGMD_TESTS_UNIT_MGM_HISTORY_RUN_H_

#include <random>

#include "tests/unit/mgm/late_answers_scene.h"

namespace mgmd::mgm {
namespace {

// Anything in any order: nothing waits for longer than its time, and what stands at the end is what memberships ask
// for.
TEST_F(LateAnswer, RandomHistoriesEndAsMembershipsAsk) {
  std::mt19937 random(1);
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const std::vector<std::pair<ClientHandle, Mailbox*>> clients = {
      {up, &up_box}, {down, &down_box}, {third, &third_box}};
  const std::vector<std::pair<InterfaceId, ClientHandle>> interfaces = {
      {kUp, up}, {kUpToo, up}, {kDown, down}, {kDownToo, down}, {kThird, third}};
  std::set<std::pair<Ipv4FibKey, InterfaceId>> joined = {{kAnySource, kDown}};
  const auto key = [&] {
    const Ipv4Address group(0xEF010101u + static_cast<uint32_t>(pick(3)));
    if (pick(3) == 0) return Ipv4FibKey::AnySource(group);
    return Ipv4FibKey::SourceGroupUnchecked(Ipv4Address(0x0A000001u + static_cast<uint32_t>(pick(3))), group);
  };
  for (int step = 0; step < 30000; ++step) {
    for (const auto& [handle, box] : clients) {
      box->rpf_later = pick(2) == 0;
      box->creation_later = pick(2) == 0;
    }
    const auto& [interface, owner] = interfaces[static_cast<size_t>(pick(5))];
    switch (pick(8)) {
      case 0: {
        const Ipv4FibKey wanted = key();
        const bool proactive = pick(3) == 0;
        if (manager.AddMembership(owner, wanted, interface, {.join = true, .proactive = proactive}).ok()) {
          joined.insert({wanted, interface});
        }
        break;
      }
      case 1: {
        const Ipv4FibKey wanted = key();
        if (manager.DeleteMembership(owner, wanted, interface, {.join = true}).ok()) joined.erase({wanted, interface});
        break;
      }
      case 2:
      case 3: {
        const Ipv4FibKey stream = key();
        if (!stream.is_wildcard()) manager.NewPacket(stream, interface, {}).IgnoreError();
        break;
      }
      case 4:
        routes.routes[Ipv4Address(0x0A000001u + static_cast<uint32_t>(pick(3)))] = interface;
        if (pick(2) == 0) manager.RoutesChanged(Ipv4Prefix(Ipv4Address(), 0)).IgnoreError();
        break;
      case 5:
        if (pick(4) == 0 && manager.ReleaseInterface(owner, interface).ok()) {
          std::erase_if(joined, [gone = interface](const auto& item) { return item.second == gone; });
          if (pick(2) == 0) Advance(Time(1000));
        }
        manager.TakeInterface(owner, interface).IgnoreError();
        break;
      case 6:
        for (const auto& [handle, box] : clients) {
          for (const Mailbox::Asked& asked : std::exchange(box->rpf, {})) {
            manager.AnswerRpf(handle, asked.id, {.iif = pick(2) == 0 ? interface : asked.iif}).IgnoreError();
          }
          for (const Mailbox::Asked& asked : std::exchange(box->creation, {})) {
            manager.AnswerCreation(handle, asked.id, {}).IgnoreError();
          }
        }
        break;
      default:
        Advance(Time(static_cast<int64_t>(pick(200)) * 1000));
    }
  }
  for (const auto& [handle, box] : clients) box->rpf_later = box->creation_later = false;
  Advance(kAnswerTime);
  EXPECT_THAT(observer.overdue, ::testing::Not(IsEmpty()));
  size_t seen = 0;
  manager.ReadMfes(0, 1000, [&](const MfeInfo& info) {
    if (info.orphan) return true;
    std::set<InterfaceId> wanted;
    for (const auto& [entry, interface] : joined) {
      if (Covers(entry, info.key, {}) && interface != *info.iif) wanted.insert(interface);
    }
    EXPECT_EQ(std::set<InterfaceId>(info.oifs.begin(), info.oifs.end()), wanted) << info.key.ToString();
    ++seen;
    return true;
  });
  EXPECT_GT(seen, 2U);
  // Nobody is asked for anything any more.
  EXPECT_TRUE(!manager.NextDeadline().has_value() || *manager.NextDeadline() > clock.now);
}

}  // namespace
}  // namespace mgmd::mgm

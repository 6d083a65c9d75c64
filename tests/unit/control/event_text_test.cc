// Invariant: every event becomes one line of JSON with its members, whatever names and keys it has.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/api/events.h"
#include "tests/support/temporary_folder.h"

namespace mgmd::api {
namespace {

using Json = nlohmann::ordered_json;

class EventsTest : public ::testing::Test {
 protected:
  EventsTest() {
    config::Interface interface;
    interface.name = "up\"0";
    interface.id = {1, {}};
    config_.interfaces.push_back(interface);
    events_ = *Events::Open(folder_ / "events", config_);
  }

  // Everything that was written, without the times.
  std::vector<std::string> Written() {
    events_ = nullptr;
    std::vector<std::string> lines;
    std::ifstream file(folder_ / "events");
    for (std::string line; std::getline(file, line);) {
      Json event = Json::parse(line);
      EXPECT_GT(event.at("time").get<double>(), 1e9) << line;
      event.erase("time");
      lines.push_back(event.dump());
    }
    return lines;
  }

  template <class Family>
  mgm::ObserverOf<Family>& Observer() {
    return *events_->observers().of<Family>();
  }

  template <class Family>
  views::IgmpObserverOf<Family>& Igmp() {
    return *events_->igmp_observers().of<Family>();
  }

  support::TemporaryFolder folder_;
  config::Config config_;
  std::unique_ptr<Events> events_;
};

constexpr Ipv4FibKey kStream = *Ipv4FibKey::SourceGroup(Ipv4Address(10, 0, 0, 1), Ipv4Address(239, 1, 1, 1));
const mgm::ClientName kClient{1, 2, "a \"client\" \xff"};

TEST_F(EventsTest, EachHasItsMembers) {
  const std::vector<InterfaceId> plain = {{1, {}}, {7, {}}};
  const std::vector<InterfaceId> with_next_hop = {{1, {}}, {7, Ipv4Address(10, 9, 9, 9)}};
  const std::vector<mgm::MfeEvent> written = {
      {.key = kStream, .iif = {1, {}}, .has_iif = true, .added = true, .oifs = plain, .owner_protocol = 1},
      {.key = Ipv4FibKey::AllGroups(), .iif = {}, .has_iif = false, .added = false, .oifs = with_next_hop}};
  const std::vector<Ipv4FibKey> deleted = {kStream, Ipv4FibKey::AnySource(kStream.group())};
  events_->Ready(17, "/run/socket");
  Observer<Ipv4>().MembershipAdded(kClient, kStream, {1, {}});
  Observer<Ipv4>().MfesWritten(written);
  Observer<Ipv4>().EntryRefused(kStream);
  Observer<Ipv4>().MembershipDeleted({1, 2, "static"}, kStream, {9, {}});
  Observer<Ipv4>().MfesDeleted(deleted);
  events_->PortChanged({.what = views::PortChange::What::kLink, .name = "dn1", .up = true, .mtu = 1500, .why = {}});
  events_->PortChanged({.what = views::PortChange::What::kMtu, .name = "dn1", .up = true, .mtu = 1280, .why = {}});
  events_->Idle(5);
  Observer<Ipv4>().LimitMet("mfes_per_group", kStream, 3);
  Observer<Ipv4>().AnswerOverdue({1, 2, "static"}, "RPF", kStream);
  events_->ControlStoodStill("a callback", std::chrono::milliseconds(1200));
  events_->SummaryWritten("summary \xff.json");
  events_->LeftBehind({"a worker", "a client"});
  events_->Stopped();
  const std::vector<std::string> expected = {
      R"j({"event":"ready","pid":17,"telemetry":"/run/socket"})j",
      ("{\"event\":\"membership_added\",\"client\":\"a \\\"client\\\" \xef\xbf\xbd\","
       "\"entry\":\"(10.0.0.1,239.1.1.1)\",\"family\":\"ipv4\",\"interface\":\"up\\\"0\"}"),
      R"j({"event":"mfe_added","mfe":"(10.0.0.1,239.1.1.1)","family":"ipv4","iif":"up\"0","oifs":["up\"0","7"]})j",
      R"j({"event":"mfe_changed","mfe":"(*,*)","family":"ipv4","iif":"","oifs":["up\"0","7/10.9.9.9"]})j",
      R"j({"event":"entry_refused","mfe":"(10.0.0.1,239.1.1.1)","family":"ipv4"})j",
      (R"j({"event":"membership_deleted","client":"static","entry":"(10.0.0.1,239.1.1.1)",)j"
       R"j("family":"ipv4","interface":"9"})j"),
      R"j({"event":"mfe_deleted","mfe":"(10.0.0.1,239.1.1.1)","family":"ipv4"})j",
      R"j({"event":"mfe_deleted","mfe":"(*,239.1.1.1)","family":"ipv4"})j",
      R"j({"event":"port","name":"dn1","up":true})j",
      R"j({"event":"port_mtu","name":"dn1","mtu":1280})j",
      R"j({"event":"idle","packets":5})j",
      R"j({"event":"limit_met","limit":"mfes_per_group","mfe":"(10.0.0.1,239.1.1.1)","family":"ipv4","refused":3})j",
      R"j({"event":"answer_overdue","client":"static","callback":"RPF","mfe":"(10.0.0.1,239.1.1.1)","family":"ipv4"})j",
      R"j({"event":"control_stood_still","in":"a callback","ms":1200})j",
      "{\"event\":\"summary_written\",\"file\":\"summary \xef\xbf\xbd.json\"}",
      R"j({"event":"left_behind","what":["a worker","a client"]})j",
      R"j({"event":"stopped"})j"};
  EXPECT_EQ(Written(), expected);
}

TEST_F(EventsTest, AreOfEitherFamily) {
  const auto stream =
      Ipv6FibKey::SourceGroupUnchecked(*Ipv6Address::Parse("2001:db8::1"), *Ipv6Address::Parse("ff0e::1"));
  const std::vector<InterfaceIdOf<Ipv6>> oifs = {{1, {}}, {7, *Ipv6Address::Parse("fe80::9")}};
  const std::vector<mgm::MfeEventOf<Ipv6>> written = {
      {.key = stream, .iif = {1, {}}, .has_iif = true, .added = true, .oifs = oifs},
      {.key = Ipv6FibKey::AllGroups(), .iif = {}, .has_iif = false, .added = false, .oifs = {}}};
  const std::vector<Ipv6FibKey> deleted = {stream, Ipv6FibKey::AnySource(stream.group(), 16)};
  Observer<Ipv6>().ClientRegistered({1, 2, "static"});
  Observer<Ipv6>().InterfaceTaken({1, 2, "static"}, {1, {}});
  Observer<Ipv6>().MembershipAdded({1, 2, "static"}, stream, {9, {}});
  Observer<Ipv6>().MfesWritten(written);
  Observer<Ipv6>().MfesDeleted(deleted);
  Observer<Ipv6>().InterfaceReleased(
      {.client = {1, 2, "static"}, .interface = {1, {}}, .reclaimed = true, .steps = {}});
  Observer<Ipv6>().ClientDeregistered({1, 2, "static"});
  Observer<Ipv4>().ClientRegistered({1, 2, "static"});
  const std::vector<std::string> expected = {
      R"j({"event":"registered","client":"static","family":"ipv6"})j",
      R"j({"event":"taken","client":"static","interface":"up\"0","family":"ipv6"})j",
      (R"j({"event":"membership_added","client":"static","entry":"(2001:db8::1,ff0e::1)",)j"
       R"j("family":"ipv6","interface":"9"})j"),
      (R"j({"event":"mfe_added","mfe":"(2001:db8::1,ff0e::1)",)j"
       R"j("family":"ipv6","iif":"up\"0","oifs":["up\"0","7/fe80::9"]})j"),
      R"j({"event":"mfe_changed","mfe":"(*,*)","family":"ipv6","iif":"","oifs":[]})j",
      R"j({"event":"mfe_deleted","mfe":"(2001:db8::1,ff0e::1)","family":"ipv6"})j",
      R"j({"event":"mfe_deleted","mfe":"(*,ff0e::/16)","family":"ipv6"})j",
      (R"j({"event":"release","client":"static","interface":"up\"0","family":"ipv6","settled":true,)j"
       R"j("reclaimed":true,"steps":[]})j"),
      R"j({"event":"deregistered","client":"static","family":"ipv6"})j",
      R"j({"event":"registered","client":"static","family":"ipv4"})j"};
  EXPECT_EQ(Written(), expected);
}

TEST_F(EventsTest, OfIgmpAndMld) {
  const Ipv4Address group(239, 1, 1, 1);
  const Ipv6Address group6 = *Ipv6Address::Parse("ff0e::1");
  const InterfaceIdOf<Ipv6> second{.index = 9, .next_hop = {}};
  Igmp<Ipv4>().QuerierChanged({1, {}}, Ipv4Address(10, 0, 0, 1), false);
  Igmp<Ipv6>().QuerierChanged(second, {}, false);
  Igmp<Ipv4>().WrongVersion({1, {}}, Ipv4Address(10, 0, 0, 1), 2, 3);
  Igmp<Ipv4>().DuplicateAddress({1, {}}, Ipv4Address(10, 0, 0, 2));
  Igmp<Ipv4>().GroupJoined({1, {}}, group, Ipv4Address(10, 0, 0, 77));
  Igmp<Ipv6>().GroupEnded(second, group6, "check", *Ipv6Address::Parse("fe80::77"));
  Igmp<Ipv4>().LimitMet({1, {}}, "max_groups", "full", 10'000, {});
  Igmp<Ipv6>().LimitMet(second, "max_sources", "below_again", 1000, group6);
  Igmp<Ipv4>().ResyncBegun({1, {}}, 3);
  Igmp<Ipv4>().ResyncEnded({1, {}}, 3, std::chrono::milliseconds(12));
  Igmp<Ipv4>().ResyncOverdue({1, {}});
  const std::vector<std::string> expected = {
      R"j({"event":"querier","interface":"up\"0","family":"ipv4","querier":"10.0.0.1","own":false})j",
      R"j({"event":"querier","interface":"9","family":"ipv6","querier":"","own":false})j",
      R"j({"event":"querier_version","interface":"up\"0","family":"ipv4","from":"10.0.0.1","heard":2,"own":3})j",
      R"j({"event":"duplicate_address","interface":"up\"0","family":"ipv4","address":"10.0.0.2"})j",
      R"j({"event":"group_joined","interface":"up\"0","family":"ipv4","group":"239.1.1.1","reporter":"10.0.0.77"})j",
      (R"j({"event":"group_ended","interface":"9","family":"ipv6","group":"ff0e::1","reporter":"fe80::77",)j"
       R"j("why":"check"})j"),
      (R"j({"event":"hosts_limit","interface":"up\"0","family":"ipv4","limit":"max_groups","what":"full",)j"
       R"j("most":10000,"group":""})j"),
      (R"j({"event":"hosts_limit","interface":"9","family":"ipv6","limit":"max_sources","what":"below_again",)j"
       R"j("most":1000,"group":"ff0e::1"})j"),
      R"j({"event":"resync","interface":"up\"0","family":"ipv4","what":"begun","groups":3})j",
      R"j({"event":"resync","interface":"up\"0","family":"ipv4","what":"ended","groups":3,"ms":12})j",
      R"j({"event":"resync","interface":"up\"0","family":"ipv4","what":"overdue"})j"};
  EXPECT_EQ(Written(), expected);
}

TEST_F(EventsTest, AMillionDeletedFitIntoWhatMayWait) {
  constexpr uint32_t kCount = 1'000'000;
  std::vector<Ipv4FibKey> keys;
  for (uint32_t i = 0; i < kCount; ++i) {
    keys.push_back(*Ipv4FibKey::SourceGroup(Ipv4Address(0x0B000000u + i), Ipv4Address(239, 1, 1, 1)));
  }
  Observer<Ipv4>().MfesDeleted(keys);
  events_->Stopped();
  events_->Close(std::chrono::minutes(1));
  std::ifstream file(folder_ / "events");
  uint32_t next = 0;
  for (std::string line; std::getline(file, line); ++next) {
    if (next == kCount) break;
    ASSERT_NE(line.find("{\"event\":\"mfe_deleted\""), std::string::npos) << line;
    ASSERT_NE(line.find("\"mfe\":\"" + keys[next].ToString() + "\""), std::string::npos) << line;
  }
  EXPECT_EQ(next, kCount);
}

}  // namespace
}  // namespace mgmd::api

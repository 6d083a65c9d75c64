// What becomes of hosts' memberships while an interface's owner changes, and when the Group Manager refuses them: no
// call is made for the interface between DISABLE_IGMP and ENABLE_IGMP, all of it is told anew afterwards, and in the
// end the Group Manager has what hosts want.

#include <set>

#include "tests/conformance/igmp_engine.h"

namespace mgmd::conformance {
namespace {

using membership::RecordType;
using std::chrono::seconds;

template <class Family>
class Takeover : public Engine<Family> {
 protected:
  using Engine<Family>::Engine;

  // Runs it once, when the Group Manager first calls out of the call that follows: for a Take or Release of an
  // interface that IGMP is on, between DISABLE_IGMP and ENABLE_IGMP.
  void Meanwhile(DWORD interface, std::function<void()> function) {
    this->world.on_outside = [this, interface, function = std::move(function)](const std::string&) {
      if (this->client_.is_enabled(this->Id(interface))) return;
      const auto once = std::exchange(this->world.on_outside, nullptr);
      ran_ = true;
      function();
    };
  }
  // So many groups of which a host wants all sources.
  void ReportMany(DWORD interface, uint32_t count) {
    std::vector<membership::Record<Family>> records;
    for (uint32_t number = 0; number < count; ++number) {
      records.push_back({RecordType::kToExclude, Numbered(number), {}});
      if (records.size() == 1000 || number + 1 == count) {
        this->Report(interface, std::exchange(records, {}));
      }
    }
  }
  static typename Family::Address Numbered(uint32_t number) {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return Ipv4Address(0xEF800000u + number);
    } else {
      return Ipv6Address(std::array<uint8_t, 16>{0xFF, 0x0E, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                                                 static_cast<uint8_t>(number >> 16), static_cast<uint8_t>(number >> 8),
                                                 static_cast<uint8_t>(number)});
    }
  }

  bool ran_ = false;
};
TYPED_TEST_SUITE(Takeover, BothFamilies, FamilyName);

TYPED_TEST(Takeover, WhatHostsSayWhileTheOwnerChangesIsToldAfterIt) {
  this->Come(4);
  this->world.SetRoute("S2", 1);
  this->Report(4, RecordType::kToExclude, {"S"});
  ASSERT_EQ(this->world.Register("P4"), NO_ERROR);
  this->world.TakeEvents();
  this->Meanwhile(4, [this] {
    this->Report(4, RecordType::kIsExclude, {}, "G2");  // and control has a turn
    EXPECT_FALSE(this->client_.Synced(this->Id(4), this->Named("G2")).any);
    EXPECT_FALSE(this->Wants(this->Id(4), this->Id(1), this->Named("S"), this->Named("G")))
        << "what CREATION answers: veto";
    EXPECT_TRUE(this->Wants(this->Id(4), this->Id(1), this->Named("S2"), this->Named("G")));
  });
  ASSERT_EQ(this->world.Take("P4", 4), NO_ERROR);
  ASSERT_TRUE(this->ran_);
  EXPECT_THAT(this->world.TakeEvents("LJ"), IsEmpty()) << "[DOC] nothing before ENABLE has returned";
  EXPECT_EQ(this->refused_, 0U) << "no call was made that could be refused";
  this->Turn();
  EXPECT_THAT(this->world.TakeEvents("LJ"), UnorderedElementsAre("LJ P4 (*,G) i4", "LJ P4 (*,G2) i4")) << "[DOC]";
  EXPECT_EQ(this->client_.Synced(this->Id(4), this->Named("G")).blocked.size(), 1U);
  ASSERT_EQ(this->world.Packet("S", "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Packet("S2", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S", "G"), "i1 -> {}");
  EXPECT_EQ(this->world.Entry("S2", "G"), "i1 -> {i4}");
  EXPECT_THAT(this->begun_, ElementsAre(2U));
  EXPECT_THAT(this->ended_, ElementsAre(2U));
}

TYPED_TEST(Takeover, WhatIsRefusedIsTriedAgainOnce) {
  this->Come(4);
  this->Come(5);
  this->world.TakeEvents();
  // In the middle of another call the Group Manager takes none.
  this->world.on_outside = [this](const std::string& which) {
    if (which != "Apply") return;
    this->world.on_outside = nullptr;
    this->Report(4, RecordType::kIsExclude);
    EXPECT_EQ(this->client_.What(this->Id(4), this->Named("G")), decltype(this->client_)::Knows::kRefused);
  };
  ASSERT_EQ(this->world.Packet("S", "G9", 1), NO_ERROR);
  ASSERT_EQ(this->refused_, 1U);
  this->Turn();
  EXPECT_FALSE(this->client_.is_idle());
  EXPECT_THAT(this->world.TakeEvents("J"), IsEmpty());
  this->Step(seconds(1));
  EXPECT_THAT(this->world.TakeEvents("J"), UnorderedElementsAre("J P1 (*,G) T", "J P2 (*,G) T", "J P3 (*,G) T"));
  EXPECT_TRUE(this->client_.is_idle());
  EXPECT_EQ(this->client_.What(this->Id(4), this->Named("G")), decltype(this->client_)::Knows::kAll);
  this->Step(seconds(5));
  EXPECT_EQ(this->refused_, 1U);
  EXPECT_THAT(this->world.TakeEvents("J"), IsEmpty()) << "once";
}

// So many that telling them all takes more than a slice of a turn.
TYPED_TEST(Takeover, AnOwnerThatComesWhileAllIsToldAnewBeginsItAgain) {
  constexpr uint32_t kGroups = 20'000;
  membership::RouterSettings<TypeParam> settings;
  settings.max_groups = kGroups;
  this->Come(4, settings);
  this->ReportMany(4, kGroups);
  ASSERT_TRUE(this->client_.is_idle());
  ASSERT_EQ(this->world.Register("P4"), NO_ERROR);
  ASSERT_EQ(this->world.Take("P4", 4), NO_ERROR);
  ASSERT_TRUE(this->client_.Flush(this->now_)) << "a slice";
  ASSERT_FALSE(this->client_.is_idle());
  ASSERT_EQ(this->world.Release("P4", 4), NO_ERROR);
  this->Turn();
  EXPECT_TRUE(this->client_.is_idle());
  for (uint32_t number = 0; number < kGroups; ++number) {
    ASSERT_TRUE(this->client_.Synced(this->Id(4), this->Numbered(number)).any) << number;
  }
  EXPECT_THAT(this->begun_, ElementsAre(kGroups, kGroups));
  EXPECT_THAT(this->ended_, ElementsAre(kGroups)) << "of the second alone";
}

// The Group Manager's own bookkeeping ends them: there is no Delete for each, and nothing to say afterwards.
TYPED_TEST(Takeover, AnInterfaceThatGoesIsOneRelease) {
  this->Come(4);
  for (const char* group : {"G", "G2", "G3"}) {
    this->Report(4, RecordType::kToExclude, {}, group);
    ASSERT_EQ(this->world.Packet("S", group, 1), NO_ERROR);
  }
  ASSERT_EQ(this->world.Entry("S", "G3"), "i1 -> {i4}");
  const uint64_t applied = this->world.applied();
  ASSERT_TRUE(this->client_.Release(this->Id(4)).ok());
  EXPECT_EQ(this->world.applied() - applied, 1U) << "one batch for all three";
  for (const char* group : {"G", "G2", "G3"}) EXPECT_EQ(this->world.Entry("S", group), "i1 -> {}");
  EXPECT_FALSE(this->client_.Flush(this->now_)) << "nothing is left to tell";
  this->Step(seconds(300));  // all of them have run out in the router part by then
  EXPECT_EQ(this->world.applied() - applied, 1U);
  EXPECT_EQ(this->refused_, 0U);
}

// ENABLE that does not come is a fault of the Group Manager's, and no host's membership is forwarded meanwhile.
TYPED_TEST(Takeover, DisableWithoutEnableIsSaid) {
  this->Come(4);
  ASSERT_EQ(this->world.Register("P4"), NO_ERROR);
  this->client_.Flush(this->now_);
  this->Meanwhile(4, [this] {
    this->Step(seconds(9));
    EXPECT_THAT(this->overdue_, IsEmpty());
    this->Step(seconds(1));
    EXPECT_THAT(this->overdue_, ElementsAre(4U));
    this->Step(seconds(30));
    EXPECT_THAT(this->overdue_, ElementsAre(4U)) << "once";
  });
  ASSERT_EQ(this->world.Take("P4", 4), NO_ERROR);
  ASSERT_TRUE(this->ran_);
  ASSERT_EQ(this->world.Release("P4", 4), NO_ERROR);
  this->Step(seconds(30));
  EXPECT_THAT(this->overdue_, ElementsAre(4U)) << "ENABLE came in time";
}

template <class Family>
class HitlessEngine : public Takeover<Family> {
 protected:
  HitlessEngine() : Takeover<Family>(DWORD{MGM_EXT_HITLESS_TAKEOVER}, DWORD{0}, DWORD{0}, DWORD{5000}) {}
};
TYPED_TEST_SUITE(HitlessEngine, BothFamilies, FamilyName);

TYPED_TEST(HitlessEngine, T31_CopiesGoOnWithoutAGap) {
  this->Come(2);
  this->world.SetRoute("S2", 1);
  this->world.SetRoute("S3", 1);
  this->Report(2, RecordType::kToExclude, {"S"});
  for (const char* source : {"S", "S2"}) ASSERT_EQ(this->world.Packet(source, "G", 1), NO_ERROR);
  ASSERT_EQ(this->world.Entry("S2", "G"), "i1 -> {i2}");
  ASSERT_EQ(this->world.Entry("S", "G"), "i1 -> {}");
  std::set<std::string> seen, suppressed;
  this->world.on_outside = [&](const std::string&) {
    seen.insert(this->world.Entry("S2", "G"));
    suppressed.insert(this->world.Entry("S", "G"));
  };
  ASSERT_EQ(this->world.Release("P2", 2), NO_ERROR);
  // Streams that begin before all has been told again: CREATION answers for what is held.
  ASSERT_EQ(this->world.Packet("S3", "G", 1), NO_ERROR);
  EXPECT_EQ(this->world.Entry("S3", "G"), "i1 -> {i2}");
  this->Turn();
  this->Advance(6);
  this->world.on_outside = nullptr;
  EXPECT_THAT(seen, ElementsAre("i1 -> {i2}")) << "[REC] without a gap";
  EXPECT_THAT(suppressed, ElementsAre("i1 -> {}")) << "[REC] suppressed S stays suppressed";
  EXPECT_EQ(this->world.Entry("S3", "G"), "i1 -> {i2}");
}

}  // namespace
}  // namespace mgmd::conformance

// Invariant: whatever number of streams that nobody wants comes, their MFEs have their share and no more, one that goes
// on flowing keeps its MFE, and every stream that is wanted gets one, in a table that is full of streams that flow.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "control/mgm/group_manager.h"
#include "tests/fakes/counting_forwarder.h"
#include "tests/fakes/manual_clock.h"
#include "tests/support/families.h"
#include "tests/support/keys.h"

namespace mgmd::mgm {
namespace {

constexpr uint32_t kUp = 1;
constexpr uint32_t kDown = 2;
constexpr uint32_t kMfes = 2048;
constexpr uint32_t kNegative = kMfes / 4;  // more than the manager looks at for one stream
constexpr uint32_t kFlood = 64 * kMfes;
constexpr uint32_t kLater = kMfes / 16;  // wanted streams that begin during the flood
constexpr uint32_t kUnwantedFlows = 8;
constexpr size_t kPuntsPerTurn = 256;

// Streams that flow have another count whenever somebody looks.
template <class Family>
class FlowingForwarder : public fakes::CountingForwarder<Family> {
 public:
  uint64_t Activity(const FibKey<Family>& key) override { return flows.contains(key) ? ++looks_ : 0; }
  absl::flat_hash_set<FibKey<Family>> flows;

 private:
  uint64_t looks_ = 0;
};

template <class Family>
class OneWay : public RouteTable<Family> {
 public:
  std::optional<Route<Family>> Lookup(const typename Family::Address& source) const override {
    return Route<Family>{typename Family::Prefix(source, 8), {kUp, {}}, source, 3};
  }
};

template <class Family>
class Flood : public ::testing::Test {
 protected:
  Flood() {
    client_ = *manager_.Register({0x40000001, 1}, std::make_unique<ClientCallbacksOf<Family>>());
    for (const uint32_t interface : {kUp, kDown}) EXPECT_TRUE(manager_.TakeInterface(client_, {interface, {}}).ok());
    arrival_ = forwarder_.Slot({kUp, {}});
  }
  static FibKey<Family> Wanted(uint32_t n) { return Keys<Family>::SourceGroup(n, 1); }
  static FibKey<Family> Unwanted(uint32_t n) { return Keys<Family>::SourceGroup(n, 2 + n % 1000); }

  // The first packet of a stream, as a worker tells of it.
  void Begin(const FibKey<Family>& key) {
    punts_.push_back({.key = key, .arrival = arrival_});
    if (punts_.size() == kPuntsPerTurn) Turn();
  }
  void Turn() {
    manager_.HandlePunts(punts_);
    punts_.clear();
    manager_.Poll();
    ASSERT_LE(manager_.mfe_count(), kMfes);
  }
  void Flow(const FibKey<Family>& key) {
    forwarder_.flows.insert(key);
    Begin(key);
  }
  size_t OifsOf(const FibKey<Family>& key) const {
    MfeInfoOf<Family> info;
    return manager_.GetMfe(key, info) ? info.oifs.size() : SIZE_MAX;
  }

  FlowingForwarder<Family> forwarder_;
  OneWay<Family> routes_;
  ManualClock clock_;
  GroupManager<Family> manager_{forwarder_, routes_, clock_, {.max_mfes = kMfes, .max_negative_mfes = kNegative}};
  ClientHandle client_{};
  InterfaceSlot arrival_ = kNoSlot;
  std::vector<Punt<Family>> punts_;
};
TYPED_TEST_SUITE(Flood, BothFamilies);

TYPED_TEST(Flood, OfUnknownStreamsTakesNoPlaceFromAWantedOne) {
  using Family = TypeParam;
  const FibKey<Family> any_source = FibKey<Family>::AnySource(this->Wanted(0).group());
  ASSERT_TRUE(this->manager_.AddMembership(this->client_, any_source, {kDown, {}}, {.join = true}).ok());
  for (uint32_t n = 0; n < kUnwantedFlows; ++n) this->Flow(this->Unwanted(n));
  // Together with the negative MFEs' share the table is full.
  uint32_t wanted = 0;
  while (wanted < kMfes - kNegative) this->Flow(this->Wanted(wanted++));

  const uint32_t all = wanted + kLater;
  for (uint32_t n = kUnwantedFlows; n < kFlood; ++n) {
    this->Begin(this->Unwanted(n));
    if ((n - kUnwantedFlows) % (kFlood / kLater) == 0) this->Flow(this->Wanted(wanted++));
  }
  this->Turn();
  ASSERT_EQ(wanted, all);
  for (uint32_t n = 0; n < wanted; ++n) ASSERT_EQ(this->OifsOf(this->Wanted(n)), 1u) << n;
  for (uint32_t n = 0; n < kUnwantedFlows; ++n) EXPECT_EQ(this->OifsOf(this->Unwanted(n)), 0u) << n;
  EXPECT_EQ(this->manager_.mfe_count(), kMfes);
}

TYPED_TEST(Flood, LeavesNegativeMfesTheirShareOfATableWithRoom) {
  // Invariant: what they have over when others are few is their own share and no more.
  for (uint32_t n = 0; n < 4 * kNegative; ++n) this->Begin(this->Unwanted(n));
  this->Turn();
  while (this->manager_.Poll()) {
  }
  EXPECT_EQ(this->manager_.mfe_count(), kNegative);
}

}  // namespace
}  // namespace mgmd::mgm

// Values for gdb to print (printers_test.py): it stops in Ready(), where all of them stand.

#include <cstdio>
#include <memory>

#include "common/fib_key.h"
#include "common/interface.h"
#include "control/mgm/state/mfe_cache.h"
#include "dataplane/fib/mfib.h"
#include "dataplane/fib/table.h"
#include "dataplane/interfaces/interface_table.h"

namespace mgmd {
namespace {

template <class Family>
class NoCounters : public dataplane::CounterSink<Family> {
 public:
  void Prepare(uint32_t /*counter*/) override {}
  void Fold(const FibKey<Family>& /*key*/, uint32_t /*counter*/, const dataplane::FibEntry& /*entry*/,
            const Stamp* /*oifs*/) override {}
};

Ipv6Address Address(const char* text) { return *Ipv6Address::Parse(text); }

}  // namespace

// gdb finds these by name, so they are global, and written where the compiler cannot see that nobody reads them.
namespace printed {

Ipv4Address address4(10, 0, 0, 1);
Ipv6Address address6 = Address("2001:db8::1");
Ipv4Prefix prefix(Ipv4Address(10, 1, 0, 0), 16);
Ipv4FibKey none4;
Ipv4FibKey source_group4 = Ipv4FibKey::SourceGroupUnchecked(address4, Ipv4Address(232, 1, 1, 1));
Ipv4FibKey any_source4 = Ipv4FibKey::AnySource(Ipv4Address(239, 1, 1, 1));
Ipv4FibKey range4 = Ipv4FibKey::AnySource(Ipv4Address(239, 1, 0, 0), 16);
Ipv4FibKey all4 = Ipv4FibKey::AllGroups();
Ipv6FibKey source_group6 = Ipv6FibKey::SourceGroupUnchecked(address6, Address("ff3e::1"));
Ipv6FibKey any_source6 = Ipv6FibKey::AnySource(Address("ff0e::1"));
Ipv6FibKey range6 = Ipv6FibKey::AnySource(Address("ff0e:1::"), 32);
Ipv6FibKey all6 = Ipv6FibKey::AllGroups();
InterfaceId interface {
  7, {}
};
InterfaceId link{7, Ipv4Address(10, 0, 0, 9)};
InterfaceSlot slot{3};
InterfaceSlot no_slot = kNoSlot;
Stamp stamp{3, 2};

dataplane::Bucket<Ipv4> bucket4{};
dataplane::Bucket<Ipv6> bucket6{};
dataplane::Mfib<Ipv4>* fib4 = nullptr;
dataplane::Mfib<Ipv6>* fib6 = nullptr;
dataplane::FibEntry negative{.accept = {}, .flags = dataplane::kNoRoute, .oif_count = 0, .oifs = {}};
dataplane::InterfaceTable* interfaces = nullptr;
const dataplane::InterfaceLine* line = nullptr;
dataplane::Gate gate{0};
mgm::MfeOf<Ipv4> mfe;

}  // namespace printed

[[gnu::noinline]] void Ready() { asm volatile("" ::: "memory"); }

namespace {

template <class Family>
std::unique_ptr<dataplane::Mfib<Family>> SmallFib(dataplane::Epoch& epoch, NoCounters<Family>& sink) {
  return dataplane::Mfib<Family>::Create({.max_entries = 64, .max_retired = 64, .max_overflow_lines = 64}, epoch, sink);
}

void FillBuckets() {
  printed::bucket4.Insert(0, printed::source_group4, 0, 5);
  printed::bucket4.Insert(2, printed::any_source4, 0, 6);
  printed::bucket4.Remove(2);
  printed::bucket4.displaced() = dataplane::kDisplaced | 1;
  printed::bucket6.Insert(1, printed::source_group6, 0x1234, 9);
}

int Run() {
  dataplane::Epoch epoch({"worker"});
  NoCounters<Ipv4> sink4;
  NoCounters<Ipv6> sink6;
  const auto fib4 = SmallFib<Ipv4>(epoch, sink4);
  const auto fib6 = SmallFib<Ipv6>(epoch, sink6);
  const auto interfaces = std::make_unique<dataplane::InterfaceTable>();
  if (fib4 == nullptr || fib6 == nullptr || !interfaces->valid()) return 1;
  const Stamp few[] = {{2, 0}, {4, 1}};
  Stamp many[20];
  for (uint16_t i = 0; i < 20; ++i) many[i] = {i, 0};
  fib4->Upsert(printed::source_group4, {{1, 0}, 0, few});
  fib4->Upsert(printed::range4, {{1, 0}, 0, many});
  fib6->Upsert(printed::source_group6, {{1, 3}, 0, few});
  fib6->Upsert(printed::all6, {{1, 3}, 0, {}});
  fib4->CommitBatch();
  fib6->CommitBatch();
  FillBuckets();

  interfaces->Configure(InterfaceSlot{3}, {.port = 1, .vlan = 10, .mtu = 9000, .ttl_threshold = 16});
  interfaces->SetStamp({3, 2});
  interfaces->SetUp(InterfaceSlot{3}, true);
  interfaces->SetEnabled(InterfaceSlot{3}, true);

  printed::mfe.key = printed::source_group4;
  printed::mfe.iif = 1;
  printed::mfe.timeout = 900;
  printed::mfe.flags = mgm::Mfe::kAlive | mgm::Mfe::kDrain;
  printed::mfe.oil.Insert(InterfaceSlot{2});
  printed::mfe.oil.Insert(InterfaceSlot{4}).flags = mgm::OilElement::kIgmpSuppressed;

  printed::fib4 = fib4.get();
  printed::fib6 = fib6.get();
  printed::interfaces = interfaces.get();
  printed::line = &interfaces->line(3);
  printed::gate = printed::line->load_gate();
  Ready();
  return 0;
}

}  // namespace
}  // namespace mgmd

int main() { return mgmd::Run(); }

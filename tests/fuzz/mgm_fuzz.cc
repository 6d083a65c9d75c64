// The Group Manager's C interface under any calls with any arguments, from outside and from inside of callbacks:
// nothing is read or written where it must not be (AddressSanitizer), every call returns one of its codes, no client
// hears two alerts of a kind in a row for an entry, MFEs are walked in order and are what the forwarder has, and when
// everybody has gone nothing is left.
//
// Input: every octet is a decision: which call, which arguments, what a callback does.

#include <arpa/inet.h>

#include <array>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "control/mgm/mgm_ext.h"
#include "tests/fuzz/mgm_fuzz_program.h"
#include "tests/support/choices.h"

namespace {

using mgmd::fuzz::Entry;
using mgmd::fuzz::Expect;
using mgmd::fuzz::ExpectCode;
using mgmd::fuzz::Program;
using mgmd::fuzz::Walk;
using mgmd::support::ByteChoices;

constexpr int kClients = 6;  // the last two are IGMP
constexpr int kDeepest = 3;  // calls inside of callbacks
constexpr int kMostCalls = 4000;

struct World {
  explicit World(ByteChoices& the_choices) : choices(the_choices) {}

  uint32_t Below(uint32_t bound) { return choices.Below(bound); }
  bool OneIn(uint32_t n) { return Below(n) == 0; }

  ByteChoices& choices;
  std::array<HANDLE, kClients> handles{};
  std::vector<HANDLE> enumerations;
  int depth = 0;
  int calls = 0;
  Program program;
  std::set<std::tuple<HANDLE, DWORD, DWORD>> taken;  // client, interface, next hop: some have been released since
  std::array<std::map<Entry, bool>, kClients> told;  // the last alert for a membership was JOIN
};
World* world = nullptr;

DWORD Network(uint32_t address) { return htonl(address); }

DWORD AnyAddress() {
  constexpr uint32_t kInteresting[] = {0,          1,          32,         0x00FFFFFF, 0x01000001, 0x0A000001,
                                       0x0A000002, 0x0A010001, 0x7F000001, 0xC0A80101, 0xDFFFFFFF, 0xE0000000,
                                       0xE0000001, 0xE00000FF, 0xE0000100, 0xE8000001, 0xE8010101, 0xEF010101,
                                       0xEF010102, 0xEF020101, 0xEFFFFFFF, 0xF0000000, 0xFFFFFFFF};
  if (world->OneIn(16)) return world->Below(UINT32_MAX);
  return Network(kInteresting[world->Below(std::size(kInteresting))]);
}
DWORD AnySource() { return world->OneIn(4) ? AnyAddress() : Network(0x0A000001 + world->Below(3)); }
DWORD AnyGroup() {
  return world->OneIn(4) ? AnyAddress() : Network((world->OneIn(4) ? 0xE8010101 : 0xEF010101) + world->Below(3));
}
DWORD MaskFor(DWORD address) {
  if (world->OneIn(8))
    return Network(world->OneIn(4) ? world->Below(UINT32_MAX) : uint32_t{0xFFFFFFFF} << world->Below(32));
  return address == 0 ? 0 : 0xFFFFFFFF;
}
DWORD AnyInterface() { return world->OneIn(32) ? world->Below(UINT32_MAX) : 1 + world->Below(4); }
DWORD AnyNextHop() { return world->OneIn(4) ? Network(0x0A0000FE + world->Below(2)) : 0; }
HANDLE AnyHandle() {
  if (world->OneIn(16)) return reinterpret_cast<HANDLE>(uintptr_t{world->Below(UINT32_MAX)});
  if (world->OneIn(16) && !world->enumerations.empty())
    return world->enumerations[world->Below(static_cast<uint32_t>(world->enumerations.size()))];
  return world->handles[world->Below(kClients)];
}

void AnyCall();

// A callback's body: sometimes calls of its own.
void Nested() {
  if (world->depth >= kDeepest || !world->OneIn(3)) return;
  ++world->depth;
  for (uint32_t n = 1 + world->Below(2); n > 0; --n) AnyCall();
  --world->depth;
}

void NoteAlert(int client, DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, bool join) {
  Expect(world->handles[static_cast<size_t>(client)] != nullptr, "an alert for a client that has gone");
  const auto [place, first] =
      world->told[static_cast<size_t>(client)].try_emplace({source, source_mask, group, group_mask}, join);
  Expect(first || place->second != join, join ? "two JOINs in a row" : "two PRUNEs in a row");
  place->second = join;
}

template <int kClient>
struct Callbacks {
  static DWORD Rpf(DWORD, DWORD, DWORD, DWORD, PDWORD index, PDWORD next_hop, PDWORD neighbour, DWORD size,
                   PBYTE header, PBYTE route) {
    Expect(size == 0 || header != nullptr, "a packet without a header");
    // Volatile: AddressSanitizer is to see each octet read.
    for (DWORD i = 0; i < size; ++i) static_cast<void>(static_cast<volatile BYTE*>(header)[i]);
    if (world->OneIn(3)) {
      *index = AnyInterface();
      *next_hop = AnyNextHop();
    }
    if (world->OneIn(4)) *neighbour = AnyAddress();
    if (world->OneIn(4)) reinterpret_cast<PMGM_EXT_ROUTE>(route)->dwMask = world->Below(UINT32_MAX);
    Nested();
    return 0;
  }
  static DWORD Creation(DWORD, DWORD, DWORD, DWORD, DWORD, DWORD, DWORD count, PMGM_IF_ENTRY list) {
    for (DWORD i = 0; i < count; ++i) {
      if (world->OneIn(4)) list[i].bIsEnabled = static_cast<BOOL>(world->Below(3));
      if (world->OneIn(8)) list[i].dwIfIndex = AnyInterface();
    }
    Nested();
    return 0;
  }
  static DWORD Prune(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD, DWORD, BOOL membership,
                     PDWORD timeout) {
    if (membership) NoteAlert(kClient, source, source_mask, group, group_mask, false);
    if (world->OneIn(4)) *timeout = world->OneIn(2) ? world->Below(20) : world->Below(UINT32_MAX);
    Nested();
    return 0;
  }
  static DWORD Join(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, BOOL membership) {
    if (membership) NoteAlert(kClient, source, source_mask, group, group_mask, true);
    Nested();
    return 0;
  }
  static DWORD WrongIf(DWORD, DWORD, DWORD, DWORD, DWORD, PBYTE) {
    Nested();
    return 0;
  }
  static DWORD Local(DWORD, DWORD, DWORD, DWORD, DWORD, DWORD) {
    Nested();
    return 0;
  }
  static DWORD Igmp(DWORD, DWORD) {
    Nested();
    return 0;
  }
  static ROUTING_PROTOCOL_CONFIG Config() {
    ROUTING_PROTOCOL_CONFIG config = {0, Rpf, Creation, Prune, Join, WrongIf, Local, Local, Igmp, Igmp};
    if (world->OneIn(4)) config.pfnRpfCallback = nullptr;
    if (world->OneIn(4)) config.pfnCreationAlertCallback = nullptr;
    if (world->OneIn(4)) config.pfnWrongIfCallback = nullptr;
    if (world->OneIn(4)) config.pfnLocalJoinCallback = nullptr;
    if (world->OneIn(8)) config.pfnDisableIgmpCallback = nullptr;
    return config;
  }
};

ROUTING_PROTOCOL_CONFIG ConfigOf(uint32_t client) {
  using Make = ROUTING_PROTOCOL_CONFIG (*)();
  constexpr Make kMakers[kClients] = {Callbacks<0>::Config, Callbacks<1>::Config, Callbacks<2>::Config,
                                      Callbacks<3>::Config, Callbacks<4>::Config, Callbacks<5>::Config};
  return kMakers[client]();
}

void Register() {
  const uint32_t client = world->Below(kClients);
  if (world->handles[client] != nullptr && !world->OneIn(4)) return;
  ROUTING_PROTOCOL_CONFIG config = ConfigOf(client);
  const bool igmp = client >= kClients - 2;
  const DWORD protocol = igmp ? MS_IP_IGMP : PROTOCOL_ID(PROTO_TYPE_MCAST, 1, 100);
  HANDLE handle = nullptr;
  // The alerts of a new life begin anew, and may come inside the call.
  const bool fresh = world->handles[client] == nullptr;
  const DWORD code = MgmRegisterMProtocol(world->OneIn(16) ? nullptr : &config, protocol, client,
                                          world->OneIn(16) ? nullptr : &handle);
  ExpectCode(code);
  if (code != NO_ERROR) return;
  Expect(fresh, "registered twice");
  world->handles[client] = handle;
  world->told[client].clear();
}

void DeRegister() {
  const HANDLE handle = AnyHandle();
  const DWORD code = MgmDeRegisterMProtocol(handle);
  ExpectCode(code);
  if (code != NO_ERROR) return;
  for (HANDLE& known : world->handles) {
    if (known == handle) known = nullptr;
  }
}

void Take() {
  const HANDLE handle = AnyHandle();
  const DWORD index = AnyInterface();
  const DWORD next_hop = AnyNextHop();
  const DWORD code = MgmTakeInterfaceOwnership(handle, index, next_hop);
  ExpectCode(code);
  if (code == NO_ERROR) world->taken.insert({handle, index, next_hop});
}

void Membership(bool add) {
  const DWORD source = world->OneIn(2) ? 0 : AnySource();
  const DWORD group = world->OneIn(8) ? 0 : AnyGroup();
  constexpr DWORD kFlags[] = {1, 1, 1, 2, 3, 0x10001, 0x10003, 0};
  const DWORD flags = world->OneIn(16) ? world->Below(UINT32_MAX) : kFlags[world->Below(8)];
  const auto call = add ? MgmAddGroupMembershipEntry : MgmDeleteGroupMembershipEntry;
  ExpectCode(call(AnyHandle(), source, MaskFor(source), group, MaskFor(group), AnyInterface(), AnyNextHop(), flags));
}

// What a reading call wrote lies inside the buffer; AddressSanitizer sees to that, since the buffer is of that size.
void Read() {
  DWORD size = world->OneIn(4) ? world->Below(300) : 2048;
  std::vector<BYTE> buffer(size);
  DWORD entries = 0;
  MIB_IPMCAST_MFE key = {};
  key.dwGroup = AnyGroup();
  key.dwSource = world->OneIn(3) ? 0 : AnySource();
  key.dwSrcMask = MaskFor(key.dwSource);
  const DWORD flags = world->OneIn(8) ? world->Below(UINT32_MAX) : 1 + world->Below(2);
  BYTE* const to = world->OneIn(32) ? nullptr : buffer.data();
  switch (world->Below(6)) {
    case 0:
      return ExpectCode(MgmGetMfe(&key, &size, to));
    case 1:
      return ExpectCode(MgmGetFirstMfe(&size, to, &entries));
    case 2:
      return ExpectCode(MgmGetNextMfe(&key, &size, to, &entries));
    case 3:
      return ExpectCode(MgmGetMfeStats(&key, &size, to, flags));
    case 4:
      return ExpectCode(MgmGetFirstMfeStats(&size, to, &entries, flags));
    default:
      return ExpectCode(MgmGetNextMfeStats(&key, &size, to, &entries, flags));
  }
}

void Enumerate() {
  HANDLE handle = nullptr;
  if (world->OneIn(2)) {
    const auto type = static_cast<MGM_ENUM_TYPES>(world->OneIn(8) ? world->Below(INT32_MAX) : world->Below(2));
    const DWORD code = MgmGroupEnumerationStart(AnyHandle(), type, &handle);
    ExpectCode(code);
    if (code == NO_ERROR) world->enumerations.push_back(handle);
    return;
  }
  handle = world->OneIn(8) || world->enumerations.empty()
               ? AnyHandle()
               : world->enumerations[world->Below(static_cast<uint32_t>(world->enumerations.size()))];
  if (world->OneIn(4)) return ExpectCode(MgmGroupEnumerationEnd(handle));
  DWORD size = world->Below(200);
  std::vector<BYTE> buffer(size);
  DWORD entries = 0;
  ExpectCode(MgmGroupEnumerationGetNext(handle, &size, buffer.data(), &entries));
}

void Set() {
  MIB_IPMCAST_MFE mfe = {};
  mfe.dwGroup = AnyGroup();
  mfe.dwSource = AnySource();
  mfe.dwUpStrmNgbr = AnyAddress();
  mfe.dwInIfIndex = world->OneIn(2) ? 0 : AnyInterface();
  ExpectCode(MgmSetMfe(AnyHandle(), world->OneIn(32) ? nullptr : &mfe));
}

void Packet() {
  BYTE header[64] = {0x45};
  ExpectCode(MgmExtNewPacket(AnySource(), AnyGroup(), AnyInterface(), AnyNextHop(), world->Below(65), header));
}

void Change() {
  constexpr uint32_t kMost = 5;
  const uint32_t count = world->Below(kMost + 1);
  std::vector<MGM_EXT_MEMBERSHIP_CHANGE> changes(count);
  std::vector<DWORD> results(count, 12345);
  for (MGM_EXT_MEMBERSHIP_CHANGE& change : changes) {
    change = {};
    change.dwChange = world->OneIn(16) ? world->Below(UINT32_MAX) : 1 + world->Below(2);
    change.dwSourceAddr = world->OneIn(2) ? 0 : AnySource();
    change.dwSourceMask = MaskFor(change.dwSourceAddr);
    change.dwGroupAddr = world->OneIn(8) ? 0 : AnyGroup();
    change.dwGroupMask = MaskFor(change.dwGroupAddr);
    change.dwIfIndex = AnyInterface();
    change.dwIfNextHopAddr = AnyNextHop();
    change.dwFlags = world->OneIn(16) ? world->Below(UINT32_MAX) : 1 + world->Below(3);
  }
  const DWORD code = MgmExtChangeMemberships(AnyHandle(), changes.data(), count, results.data());
  ExpectCode(code);
  for (const DWORD result : results) {
    if (code == NO_ERROR) ExpectCode(result);
  }
}

void AnyCall() {
  if (++world->calls > kMostCalls) return;
  switch (world->Below(18)) {
    case 0:
      return Register();
    case 1:
      return world->OneIn(4) ? DeRegister() : Register();
    case 2:
    case 3:
      return Take();
    case 4:
      return ExpectCode(MgmReleaseInterfaceOwnership(AnyHandle(), AnyInterface(), AnyNextHop()));
    case 5:
    case 6:
    case 7:
      return Membership(true);
    case 8:
      return Membership(false);
    case 9:
    case 10:
      return Packet();
    case 11:
      return Read();
    case 12:
      return Enumerate();
    case 13:
      return Set();
    case 14: {
      DWORD protocol = 0, component = 0;
      return ExpectCode(MgmGetProtocolOnInterface(AnyInterface(), AnyNextHop(), &protocol, &component));
    }
    case 15: {
      const DWORD network = AnyAddress();
      return ExpectCode(MgmExtRoutesChanged(network, MaskFor(network)));
    }
    case 16:
      return Change();
    default:
      if (world->OneIn(4)) world->program.refuse = !world->program.refuse;
      world->program.now += world->Below(4) == 0 ? 400'000'000 : world->Below(65536);
      MGM_EXT_RELEASE_TRACE trace;
      ExpectCode(MgmExtGetReleaseTrace(world->Below(20), &trace));
      ExpectCode(MgmExtNameClient(AnyHandle(), world->OneIn(2) ? "a name" : "\xFF\xC3"));
      if (world->depth == 0) ExpectCode(MgmExtPoll(nullptr));
  }
}

// Everybody leaves all interfaces; in time nothing is left.
void LeaveAll() {
  world->calls = kMostCalls;  // callbacks make no further calls
  world->program.refuse = false;
  for (const auto& [handle, index, next_hop] : world->taken) {
    ExpectCode(MgmReleaseInterfaceOwnership(handle, index, next_hop));
  }
  for (int turn = 0; turn < 4; ++turn) {
    world->program.now += 1'000'000'000;  // longer than a stream without an interface lives
    MgmExtPoll(nullptr);
  }
  Expect(Walk() == 0, "an MFE is left");
  Expect(world->program.table.empty(), "the forwarder is left with an entry");
}

void Live(ByteChoices& choices) {
  Program& program = world->program;
  MGM_EXT_CONFIG config = {};
  config.dwSize = sizeof(config);
  config.dwFlags = choices.Below(2) * MGM_EXT_CREATION_TO_ALL;
  config.dwMaxMfes = choices.Below(4) == 0 ? 3 : 0;
  config.dwMaxNegativeMfes = choices.Below(4) == 0 ? 2 : 0;
  config.dwIgmpGraceMs = choices.Below(3) == 0 ? 5000 : 0;
  program.RunIn(config);
  Expect(MgmExtStart(&config) == NO_ERROR, "the manager does not start");
  while (!choices.ended() && world->calls < kMostCalls) {
    AnyCall();
    const size_t mfes = Walk();
    if (!program.refuse) {
      const size_t refused = program.refused;
      program.now += 20'000;  // what was refused before is tried again
      MgmExtPoll(nullptr);
      MgmExtPoll(nullptr);
      // A callback may have told the forwarder to refuse.
      Expect(program.refused != refused || Walk() == program.table.size(),
             "the forwarder has other entries than there are MFEs");
    } else {
      Expect(program.table.size() <= mfes, "the forwarder has entries without MFEs");
    }
  }
  LeaveAll();
  Expect(MgmExtStop() == NO_ERROR, "the manager does not stop");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteChoices choices(data, size);
  World the_world(choices);
  world = &the_world;
  Live(choices);
  world = nullptr;
  return 0;
}

#ifndef MGMD_TESTS_UNIT_MEMBERSHIP_ROUTER_WORLD_H_
#define MGMD_TESTS_UNIT_MEMBERSHIP_ROUTER_WORLD_H_

// A router part on a virtual clock, hosts and another router beside it, and what happens as lines of text.
//
//   RouterWorld<Ipv4> world;
//   world.Before("E200 X{a:100} Y{b}");
//   world.Hear(0.5, "TO_EX(b,c)");
//   world.RunTo(10);
//   world.sent();    // "Qc @0.5; Qc @1.5"
//   world.calls();   // "!c @2.5": CallsBetween() each time that what is wanted has changed
//   world.State();   // "E260.5 Y{b,c}", with seconds left
//
// The router is 10.0.0.10 or fe80::10, the group is 239.1.1.1 or ff0e::1 (F: 232.1.1.1, ff3e::1), sources are a to e,
// hosts 10.0.0.101 and up. Time 0 is long after the router has started.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/membership/router_part.h"
#include "tests/unit/membership/golden.h"

namespace mgmd::membership {

template <class Family>
class RouterWorld : private MessageOut<Family>, private RouterObserver<Family> {
 public:
  using Address = typename Family::Address;
  static constexpr bool kFour = Family::kAddressBits == 32;

  explicit RouterWorld(RouterSettings<Family> settings = {}, double start = -1000)
      : router_(std::move(settings), shared_, *this, *this, counters_) {
    link_.up = true;
    link_.address = Router(10);
    link_.own = {link_.address};
    if constexpr (kFour) link_.networks = {Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 24)};
    now_ = start;
    router_.Start(link_, At(start));
    if (start < 0) RunTo(-500);
    Forget();
  }

  // --- Names.
  static Address Router(int last) {
    if constexpr (kFour) {
      return Ipv4Address(10, 0, 0, static_cast<uint8_t>(last));
    } else {
      return Six("fe80::" + std::to_string(last));  // 10 is fe80::10
    }
  }
  static Address Source(char name) {
    const int number = name - 'a' + 1;
    if constexpr (kFour) {
      return Ipv4Address(10, 9, 0, static_cast<uint8_t>(number));
    } else {
      return Six("2001:db8:9::" + std::to_string(number));
    }
  }
  static Address Group(std::string_view name) {
    if constexpr (kFour) {
      if (name == "G") return kGroup;
      if (name == "G2") return Ipv4Address(239, 1, 1, 2);
      if (name == "F") return Ipv4Address(232, 1, 1, 1);
      return Ipv4Address::Parse(name).value();
    } else {
      if (name == "G") return Six("ff0e::1");
      if (name == "G2") return Six("ff0e::2");
      if (name == "F") return Six("ff3e::1");
      return Six(name);
    }
  }

  // --- What happens. Times in seconds; what is due before them is done first.

  // A state of G that has come about by reports before time 0: "I{a:100,b:100}", "E200 X{a:50} Y{b}". N in front: this
  // router is not the querier, since 10.0.0.1 asks as it would.
  void Before(std::string_view state) {
    if (!state.empty() && state[0] == 'N') {
      AskedBy(-1, 1);
      state.remove_prefix(2);
    }
    SetUp(state);
    RunTo(0, false);
    Forget();
  }

  // "IS_IN(a,b)", "TO_EX()"; of G unless another group is named behind it: "IS_EX() F".
  static std::vector<uint8_t> ReportOf(std::string_view text) {
    static const std::map<std::string, RecordType, std::less<>> types = {
        {"IS_IN", RecordType::kIsInclude}, {"IS_EX", RecordType::kIsExclude}, {"TO_IN", RecordType::kToInclude},
        {"TO_EX", RecordType::kToExclude}, {"ALLOW", RecordType::kAllow},     {"BLOCK", RecordType::kBlock}};
    const size_t open = text.find('('), close = text.find(')');
    const auto sources = Sources(text.substr(open + 1, close - open - 1));
    const std::string_view group = close + 2 < text.size() ? text.substr(close + 2) : "G";
    const Record<Family> record{types.find(text.substr(0, open))->second, Group(group), sources};
    return WriteReport<Family>({&record, 1});
  }
  void Hear(double at, std::string_view report, int host = 101) {
    Say(at, ReportOf(report), Router(host), Protocol<Family>::kAllReports);
  }
  void HearOld(double at, Version version, std::string_view group = "G", int host = 101) {
    Say(at, WriteOldMessage<Family>({MessageType::kReport, version}, Group(group)), Router(host), Group(group));
  }
  void HearLeave(double at, std::string_view group = "G", int host = 101) {
    Say(at, WriteOldMessage<Family>({MessageType::kLeave, Version::kV2}, Group(group)), Router(host),
        Protocol<Family>::kAllRouters);
  }
  // Another router's general query, as this one's own are.
  void AskedBy(double at, int router, int robustness = 2, int interval = 125, double response = 10,
               Version version = Version::kV3) {
    Query<Family> query{.version = version, .robustness = static_cast<uint8_t>(robustness)};
    query.interval = std::chrono::seconds(interval);
    query.max_response = Milliseconds(response);
    Say(at, WriteQuery(query), Router(router), Protocol<Family>::kAllHosts);
  }
  // Another router's question about G, or its sources.
  void AskedAbout(double at, std::string_view sources, double response = 1, bool suppress = false, int router = 1,
                  Version version = Version::kV3) {
    Query<Family> query{.version = version, .group = Group("G"), .suppress = suppress, .robustness = 2};
    query.max_response = Milliseconds(response);
    query.interval = std::chrono::seconds(125);
    query.sources = Sources(sources);
    Say(at, WriteQuery(query), Router(router), Group("G"));
  }
  void Say(double at, const std::vector<uint8_t>& message, const Address& from, const Address& to) {
    const auto packet = MakePacket<Family>(from, to, message);
    const auto octets = std::span<const uint8_t>(packet).subspan(Protocol<Family>::kIpHeader);
    SayDatagram(at, {.source = from, .destination = to, .message = octets});
  }
  // As whoever takes datagrams does.
  void SayDatagram(double at, const Datagram<Family>& datagram) {
    RunTo(at, false);
    const PacketCheck check = CheckPacket(datagram, router_.settings().acceptance);
    if (check.fault) {
      counters_.Add(*check.fault);
    } else {
      router_.Take(datagram, check.kind, At(at));
    }
    Sync();
  }
  void SetLink(double at, const Link<Family>& link) {
    RunTo(at, false);
    link_ = link;
    router_.SetLink(link_, At(at));
    Sync();
  }
  void SetAddress(double at, const Address& address) {
    Link<Family> link = link_;
    link.address = address;
    link.own = {address};
    SetLink(at, link);
  }

  // Ticks whenever something is due. `inclusive`: what is due at that time too.
  void RunTo(double to, bool inclusive = true) {
    while (true) {
      const Time next = router_.NextDeadline();
      if (next > At(to) || (next == At(to) && !inclusive)) break;
      now_ = std::max(now_, SecondsOf(next));
      router_.Tick(next);
      Sync();
    }
    now_ = to;
  }

  // Questions do not leave before that time.
  void HoldQuestions(double until) { held_until_ = until; }
  void ShowGeneralQueries() { general_ = true; }
  void Forget() { sent_.clear(), calls_.clear(), events_.clear(); }

  // --- What has come of it.
  const std::string& sent() const { return sent_; }
  const std::string& calls() const { return calls_; }
  const std::string& events() const { return events_; }
  // Octets of the last message that was sent.
  const std::vector<uint8_t>& last_message() const { return last_message_; }
  const std::vector<size_t>& sources_asked() const { return sources_asked_; }
  std::string State(std::string_view group = "G") const {
    const auto* entry = router_.Find(Group(group));
    if (entry == nullptr) return "";
    const auto& state = entry->group;
    std::string x, y;
    for (const auto& [source, timer] : state.sources()) {
      const bool blocked = timer.expires() == Timer::kBlocked;
      std::string& list = blocked ? y : x;
      list += (list.empty() ? "" : ",") + NameOf(source) + (blocked ? "" : ":" + Left(timer.expires()));
    }
    if (state.mode() == FilterMode::kInclude) return "I{" + x + "}";
    return "E" + Left(state.expires()) + (x.empty() ? "" : " X{" + x + "}") + (y.empty() ? "" : " Y{" + y + "}");
  }
  uint64_t count(Counter counter) const { return counters_.of(counter); }
  RouterPart<Family>& router() { return router_; }
  SharedByRouters<Family>& shared() { return shared_; }
  double now() const { return now_; }
  Time Now() const { return At(now_); }
  static Time At(double seconds) {
    return Time(std::chrono::duration_cast<Duration>(std::chrono::milliseconds(std::llround((seconds + 2000) * 1000))));
  }

 private:
  static double SecondsOf(Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count() - 2000; }
  static std::chrono::milliseconds Milliseconds(double seconds) {
    return std::chrono::milliseconds(std::llround(seconds * 1000));
  }
  static std::string Text(double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", std::round(seconds * 1000) / 1000);
    return text;
  }
  std::string Left(Time time) const { return Text(SecondsOf(time) - now_); }
  static std::string NameOf(const Address& source) {
    for (char name = 'a'; name <= 'z'; ++name) {
      if (Source(name) == source) return std::string(1, name);
    }
    return source.ToString();
  }
  static std::vector<Address> Sources(std::string_view names) {
    std::vector<Address> sources;
    for (const char name : names) {
      if (name != ',') sources.push_back(Source(name));
    }
    return sources;
  }
  void Note(std::string& to, const std::string& what) { to += (to.empty() ? "" : "; ") + what + " @" + Text(now_); }

  void SetUp(std::string_view state) {
    if (state.empty()) return;
    std::map<double, std::vector<char>> running;  // by when they were heard last
    std::string blocked;
    double first = 0;
    const auto read = [&](std::string_view list) {  // "a:50,b:60"
      for (size_t at = 0; at < list.size(); ++at) {
        if (list[at] < 'a' || list[at] > 'z') continue;
        const double left =
            at + 1 < list.size() && list[at + 1] == ':' ? std::stod(std::string(list.substr(at + 2))) : -1;
        if (left < 0) {
          blocked += (blocked.empty() ? "" : ",") + std::string(1, list[at]);
        } else {
          running[left - 270].push_back(list[at]);
        }
      }
    };
    const auto between = [&](char open) -> std::string_view {
      const size_t begin = state.find(std::string(1, open) + "{");
      if (begin == std::string_view::npos) return {};
      return state.substr(begin + 2, state.find('}', begin) - begin - 2);
    };
    if (state[0] == 'I') {
      read(between('I'));
      for (const auto& [at, names] : running) {
        for (const char name : names) Hear(at, "ALLOW(" + std::string(1, name) + ")");
      }
      return;
    }
    read(between('X'));
    read(between('Y'));
    const double refreshed = std::stod(std::string(state.substr(1))) - 270;
    if (!running.empty()) first = running.begin()->first;
    Hear(std::min(first, refreshed) - 1, "IS_EX(" + blocked + ")");
    std::string all = blocked;
    bool done = false;
    const auto refresh = [&] {
      Hear(refreshed, "IS_EX(" + all + ")");
      done = true;
    };
    for (const auto& [at, names] : running) {
      if (at > refreshed && !done) refresh();
      for (const char name : names) {
        Hear(at, "ALLOW(" + std::string(1, name) + ")");
        all += (all.empty() ? "" : ",") + std::string(1, name);
      }
    }
    if (!done) refresh();
  }

  bool Send(MessageKind /*kind*/, const Address& source, const Address& destination,
            std::span<const uint8_t> message) override {
    if (now_ < held_until_) return false;
    if (source != link_.address) Note(sent_, "FROM " + source.ToString());
    const auto query = ReadQuery<Family>(message);
    if (query->is_general()) {
      if (destination != Protocol<Family>::kAllHosts) Note(sent_, "TO " + destination.ToString());
      last_message_.assign(message.begin(), message.end());
      if (general_) Note(sent_, "GQ");
      return true;
    }
    if (destination != query->group) Note(sent_, "TO " + destination.ToString());
    last_message_.assign(message.begin(), message.end());
    std::string names;
    if (query->sources.size() <= 5) {
      for (const Address& asked : query->sources) names += NameOf(asked);
    } else {
      sources_asked_.push_back(query->sources.size());
    }
    Note(sent_, "Q" + names + (query->suppress ? "/S" : ""));
    return true;
  }

  void Changed(const Address& group) override { changed_.push_back(group); }
  void QuerierChanged() override { Note(events_, router_.querier().is_querier() ? "querier" : "not querier"); }
  void WrongVersion(const Address& from, Version heard) override {
    Note(events_, "version " + std::to_string(static_cast<int>(heard)) + " from " + from.ToString());
  }
  void DuplicateAddress(const Address& address) override { Note(events_, "duplicate " + address.ToString()); }
  void Ended(const Address& /*group*/, GroupEnd why, const Address& /*last*/) override {
    static constexpr const char* kWhy[] = {"age", "check", "left", "denied"};
    Note(events_, std::string("ended by ") + kWhy[static_cast<int>(why)]);
  }
  void RoomChanged(WhichRoom which, RoomNews news, uint64_t /*most*/, const Address& /*group*/) override {
    static constexpr const char* kWhich[] = {"groups", "sources", "memberships"};
    static constexpr const char* kNews[] = {"nearly full", "full", "below again"};
    Note(events_, std::string(kWhich[static_cast<int>(which)]) + " " + kNews[static_cast<int>(news)]);
  }

  // What whoever speaks to the Group Manager would call.
  void Sync() {
    std::sort(changed_.begin(), changed_.end());
    changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
    for (const Address& group : changed_) {
      Wanted<Family>& synced = synced_[group];
      const Wanted<Family> wanted = router_.Describe(group);
      for (const auto& call : CallsBetween<Family>(synced, wanted)) {
        static constexpr const char* kCalls[] = {"+", "-", "!", "^"};
        std::string line = kCalls[static_cast<int>(call.call)] + (call.source ? NameOf(*call.source) : "*");
        if (group != Group("G")) line += "(" + group.ToString() + ")";
        Note(calls_, line);
      }
      synced = wanted;
    }
    changed_.clear();
  }

  Link<Family> link_;
  SharedByRouters<Family> shared_;
  Counters counters_;
  RouterPart<Family> router_;
  double now_ = 0;
  double held_until_ = -1e9;
  bool general_ = false;
  std::string sent_, calls_, events_;
  std::vector<uint8_t> last_message_;
  std::vector<size_t> sources_asked_;
  std::vector<Address> changed_;
  std::map<Address, Wanted<Family>> synced_;
};

}  // namespace mgmd::membership

#endif  // MGMD_TESTS_UNIT_MEMBERSHIP_ROUTER_WORLD_H_

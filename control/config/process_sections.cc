#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "control/config/group_fields.h"
#include "control/config/sections.h"

namespace mgmd::config {
namespace {

constexpr int64_t kMostObjects = 1 << 26;
constexpr int64_t kMostPending = 1 << 24;
constexpr int64_t kMostRate = 10'000'000;

// A range of groups, each once.
void ReadSsmRange(const Field& field, PerFamily<Prefixes>* ranges) {
  const auto range = ReadGroupRange(field, "a prefix of groups, as in \"232.0.0.0/8\" or \"ff30::/12\"");
  if (!range) return;
  std::visit(
      [&]<class Prefix>(const Prefix& prefix) {
        using Family = typename Prefix::Family;
        constexpr size_t kMost = SsmRanges<Family>::kMost;
        auto& known = ranges->of<Family>();
        if (std::find(known.begin(), known.end(), prefix) != known.end()) {
          field.Fail(prefix.ToString() + " is there already", "each prefix once");
        } else if (known.size() == kMost) {
          const std::string family(Family::kName);
          field.Fail(prefix.ToString() + " is one prefix of " + family + " too many",
                     std::to_string(kMost) + " of " + family);
        } else {
          known.push_back(prefix);
        }
      },
      *range);
}

// "0660": what chmod takes, without the bits that are no permissions.
std::optional<uint32_t> FileMode(const Field& field) {
  const std::string allowed = "permission bits as an octal string, \"0000\" to \"0777\"";
  const auto text = field.String(allowed);
  if (!text) return std::nullopt;
  uint32_t mode = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), mode, 8);
  if (error == std::errc() && end == text->data() + text->size() && mode <= 0777) return mode;
  field.Fail(Quoted(*text) + " is no file mode", allowed);
  return std::nullopt;
}

// "127.0.0.1:9111"
std::optional<Metrics> ListenAddress(const Field& field) {
  const std::string allowed = "an IPv4 address and a port, as in \"127.0.0.1:9111\"";
  const auto text = field.String(allowed);
  if (!text) return std::nullopt;
  const size_t colon = text->find(':');
  const auto address = Ipv4Address::Parse(std::string_view(*text).substr(0, colon));
  if (address && colon != std::string::npos) {
    Metrics metrics{.address = *address};
    const char* last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data() + colon + 1, last, metrics.port);
    if (error == std::errc() && end == last && metrics.port != 0) return metrics;
  }
  field.Fail(Quoted(*text) + " is no address to listen on", allowed);
  return std::nullopt;
}

}  // namespace

void ReadLimits(Table& root, Limits* limits) {
  auto table = root.Get("limits").AsTable();
  if (!table) return;
  Assign(&limits->mfes, table->Get("mfes").Integer(1, kMostObjects));
  limits->negative_mfes = std::min(limits->negative_mfes, std::max(limits->mfes / 4, 1U));
  Assign(&limits->negative_mfes,
         table->Get("negative_mfes")
             .Integer(1, limits->mfes, "an integer from 1 to mfes, " + std::to_string(limits->mfes)));
  Assign(&limits->mfes_per_group, table->Get("mfes_per_group").Integer(0, kMostObjects));
  Assign(&limits->mfes_per_interface, table->Get("mfes_per_interface").Integer(0, kMostObjects));
  Assign(&limits->mfes_per_owner, table->Get("mfes_per_owner").Integer(0, kMostObjects));
  Assign(&limits->pending, table->Get("pending").Integer(1, kMostPending));
  Assign(&limits->pending_depth, table->Get("pending_depth").Integer(1, kMostPending));
  Assign(&limits->pending_packets, table->Get("pending_packets").Integer(1, kMostPending));
  Assign(&limits->pending_timeout, table->Get("pending_timeout").Integer(1, 3600));
  Assign(&limits->retired, table->Get("retired").Integer(1, kMostObjects));
  Assign(&limits->local_packets, table->Get("local_packets").Integer(1, kMostPending));
  Assign(&limits->mbufs, table->Get("mbufs").Integer(0, kMostObjects));
  table->Finish();
}

void ReadDataplane(Table& root, Dataplane* dataplane) {
  auto table = root.Get("dataplane").AsTable();
  if (!table) return;
  const Field share_above = table->Get("share_above");
  if (share_above.is_string()) {
    share_above.OneOf(std::vector<std::string>{"auto"}, "is no number of bytes");
  } else {
    dataplane->share_above = share_above.Integer(0, 65535, "\"auto\" or an integer from 0 to 65535");
  }
  static constexpr std::pair<std::string_view, Idle> kIdle[] = {{"poll", Idle::kPoll}, {"sleep", Idle::kSleep}};
  Assign(&dataplane->idle, table->Get("idle").Choice<Idle>(kIdle));
  Assign(&dataplane->release_wait, table->Get("release_wait").Integer(1, 60000));
  Assign(&dataplane->vanish_linger, table->Get("vanish_linger").Integer(0, 3600));
  table->Finish();
}

void ReadControl(Table& root, Control* control) {
  static constexpr std::pair<std::string_view, bool> kActOnUnknown[] = {{"act", true}, {"ignore", false}};
  auto table = root.Get("control").AsTable();
  if (!table) return;
  Assign(&control->stop_timeout, table->Get("stop_timeout").Integer(1, 3600));
  const Field ssm = table->Get("ssm");
  if (ssm.present()) {
    control->ssm = {};
    for (const Field& range : ssm.List("an array of prefixes of groups")) ReadSsmRange(range, &control->ssm);
  }
  Assign(&control->icmpv6_errors, table->Get("icmpv6_errors").Integer(0, kMostRate));
  Assign(&control->act_on_unknown_options, table->Get("hbh_unknown").Choice<bool>(kActOnUnknown));
  table->Finish();
}

void ReadPunt(Table& root, LocalRates* rates) {
  constexpr const char* kAllowed = "an array of two integers: packets a second, and at once after a pause";
  auto table = root.Get("punt").AsTable();
  if (!table) return;
  for (size_t row = 0; row < kLocalClasses; ++row) {
    const Field field = table->Get(kLocalClassNames[row]);
    const std::vector<Field> values = field.List(kAllowed);
    if (!field.is_list()) continue;
    if (values.size() != 2) {
      field.Fail("the array has " + std::to_string(values.size()) + " elements", kAllowed);
      continue;
    }
    Assign(&(*rates)[row].per_second, values[0].Integer(1, kMostRate));
    Assign(&(*rates)[row].burst, values[1].Integer(1, kMostRate));
  }
  table->Finish();
}

void ReadRib(Table& root, Rib* rib) {
  auto table = root.Get("rib").AsTable();
  if (!table) return;
  Assign(&rib->kernel, table->Get("kernel").Boolean());
  Assign(&rib->table, table->Get("table").Integer(1, UINT32_MAX));
  table->Finish();
}

void ReadLog(Table& root, LogLevel* level) {
  static constexpr std::pair<std::string_view, LogLevel> kLevels[] = {
      {"trace", LogLevel::kTrace},     {"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo},
      {"warning", LogLevel::kWarning}, {"error", LogLevel::kError}, {"critical", LogLevel::kCritical},
      {"off", LogLevel::kOff},
  };
  auto table = root.Get("log").AsTable();
  if (!table) return;
  Assign(level, table->Get("level").Choice<LogLevel>(kLevels));
  table->Finish();
}

void ReadApi(Table& root, const BuiltRooms& rooms, std::optional<Api>* api) {
  constexpr size_t kLongestSocketPath = 107;  // sockaddr_un
  auto table = root.Get("api").AsTable();
  if (!table) return;
  if (!rooms.api) table->Fail("not in this build", "no [api]");
  api->emplace();
  const Field socket = table->Get("socket");
  Assign(&(*api)->socket, socket.String());
  if ((*api)->socket.size() > kLongestSocketPath) {
    socket.Fail("the path is longer than a Unix socket's may be", "at most 107 bytes");
  }
  Assign(&(*api)->mode, FileMode(table->Get("mode")));
  table->Finish();
}

void ReadMetrics(Table& root, const BuiltRooms& rooms, std::optional<Metrics>* metrics) {
  auto table = root.Get("metrics").AsTable();
  if (!table) return;
  if (!rooms.metrics) table->Fail("not in this build", "no [metrics]");
  *metrics = ListenAddress(table->Get("listen"));
  table->Finish();
}

}  // namespace mgmd::config

// Invariant: what TelemetryAnswer counts as fitting comes out of DPDK's socket whole: texts, arrays, the object and the
// answer itself at their limits, with whatever DPDK escapes.

#include "control/plane/telemetry.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "control/plane/eal.h"
#include "tests/support/temporary_folder.h"

namespace mgmd::plane {
namespace {

using nlohmann::json;
using Kind = TelemetryAnswer::Kind;

class Client {
 public:
  explicit Client(const std::string& path) : socket_(socket(AF_UNIX, SOCK_SEQPACKET, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << path;
    Receive();  // the greeting
  }
  ~Client() { close(socket_); }

  json Ask(const std::string& command) {
    EXPECT_EQ(send(socket_, command.data(), command.size(), 0), static_cast<ssize_t>(command.size()));
    return Receive().at(command.substr(0, command.find(',')));
  }
  size_t last_size() const { return last_size_; }

 private:
  json Receive() {
    std::string text(1 << 16, '\0');
    const ssize_t size = recv(socket_, text.data(), text.size(), 0);
    EXPECT_GT(size, 0);
    text.resize(size > 0 ? static_cast<size_t>(size) : 0);
    last_size_ = text.size();
    return json::parse(text);
  }

  const int socket_;
  size_t last_size_ = 0;
};

json JsonOf(const TelemetryAnswer& answer) {
  json object = json::object();
  for (const TelemetryAnswer::Member& member : answer.members()) {
    object[member.name] = std::visit([](const auto& value) { return json(value); }, member.value);
  }
  return object;
}

class TelemetrySocket : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    runtime_.emplace();
    setenv("RUNTIME_DIRECTORY", runtime_->path().c_str(), 1);
    auto started = Eal::Start("telemetry_test", {"--no-huge", "-m", "32", "--no-pci", "-l", "0"});
    ASSERT_TRUE(started.ok()) << started.status();
    eal_ = new Eal(*std::move(started));
  }
  static void TearDownTestSuite() {
    delete eal_;
    runtime_.reset();
  }
  // The answer as it comes out of the socket.
  static json Through(const std::string& command, const TelemetryAnswer& answer, size_t* size = nullptr) {
    Telemetry telemetry([](const std::function<void()>& function) { function(); });
    telemetry.Register(command, "A test.", [&](std::string_view) { return answer; });
    Client client(eal_->telemetry_socket());
    json came = client.Ask(command);
    if (size != nullptr) *size = client.last_size();
    return came;
  }

  static inline std::optional<support::TemporaryFolder> runtime_;
  static inline Eal* eal_ = nullptr;
};

TEST_F(TelemetrySocket, TakesTextsAtTheirLimit) {
  TelemetryAnswer answer;
  answer.Add("text", std::string(TelemetryAnswer::kMostText, 'x'));
  answer.Add("quotes", std::string(TelemetryAnswer::kMostText, '"'));
  answer.Add("long", std::string(1000, '\\'));
  answer.Add(std::string(60, 'n'), uint64_t{UINT64_MAX});
  answer.Add("others", "a\xC3\xA9\n\t");
  EXPECT_EQ(Through("/test/texts", answer), JsonOf(answer));
}

TEST_F(TelemetrySocket, TakesATableWithoutRows) {
  TelemetryAnswer answer;
  answer.StartTable({{"number", Kind::kNumber}, {"text", Kind::kText}});
  EXPECT_EQ(Through("/test/empty", answer), JsonOf(answer));
  EXPECT_EQ(Through("/test/nothing", TelemetryAnswer()), json::object());
}

TEST_F(TelemetrySocket, TakesAsManyItemsAsAnArrayHas) {
  TelemetryAnswer answer;
  answer.StartTable({{"number", Kind::kNumber}, {"text", Kind::kText}});
  uint64_t rows = 0;
  while (answer.AddRow({rows, "x"})) ++rows;
  EXPECT_EQ(rows, TelemetryAnswer::kMostItems);
  EXPECT_EQ(Through("/test/items", answer), JsonOf(answer));
}

TEST_F(TelemetrySocket, TakesAsManyMembersAsAnObjectHas) {
  TelemetryAnswer answer;
  for (size_t member = 0; member < TelemetryAnswer::kMostMembers; ++member) {
    answer.Add("member_" + std::to_string(member), member);
  }
  EXPECT_EQ(Through("/test/members", answer), JsonOf(answer));
}

TEST_F(TelemetrySocket, TakesAnAnswerOfTheLargestSize) {
  // The longest name that a command can have, and texts that are escaped.
  const std::string command = "/test/" + std::string(49, 'l');
  for (const char letter : {'x', '"'}) {
    TelemetryAnswer answer;
    answer.StartTable({{"number", Kind::kNumber}, {"text", Kind::kText}});
    while (answer.AddRow({UINT64_MAX, std::string(97, letter)})) {
    }
    // What a table leaves for others is filled to the last octet.
    const size_t left = TelemetryAnswer::kMostOctets - answer.octets();
    ASSERT_GT(left, 20u);
    for (size_t rest = left; rest > 0;) {
      const size_t size = rest > 160 ? 100 : rest;  // "n":"...", is 7 more than the text with this name
      const std::string name = "n" + std::to_string(rest);
      answer.Add(name, std::string(size - name.size() - 6, 'y'));
      rest -= size;
    }
    EXPECT_EQ(answer.octets(), TelemetryAnswer::kMostOctets);
    size_t size = 0;
    EXPECT_EQ(Through(command, answer, &size), JsonOf(answer));
    EXPECT_GT(size, TelemetryAnswer::kMostOctets);
  }
}

TEST_F(TelemetrySocket, SaysThatMgmdIsStopping) {
  {
    Telemetry telemetry([](const std::function<void()>& function) { function(); });
    telemetry.Register("/test/gone", "A test.", [](std::string_view) { return TelemetryAnswer(); });
  }
  Client client(eal_->telemetry_socket());
  EXPECT_EQ(client.Ask("/test/gone"), json({{"error", "mgmd is stopping"}}));
}

}  // namespace
}  // namespace mgmd::plane

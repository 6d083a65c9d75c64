// Invariant: what a file costs is bounded, whatever it holds: the depth to which it nests, the
// number and length of its messages, and the time. Work that grows with the square of what is in
// the file would run into the test's time limit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "control/config/config.h"

namespace mgmd::config {
namespace {

constexpr const char* kBase = "[dpdk]\nworkers = [1]\n";
constexpr int kMany = 100000;

std::string Repeated(const std::string& piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

std::string Number(int i) { return std::to_string(i); }

// Of the file, and no more than a person can read.
std::string Errors(const std::string& text) {
  const Result result = Parse(text, "x.toml", {.eal_args = {}, .rooms = kAllRooms});
  EXPECT_LE(result.errors.size(), 1000U);
  const std::string errors = result.ErrorText();
  EXPECT_LE(errors.size(), 4U << 20);
  return errors;
}

TEST(BigFile, AKeyOfTooManyPartsIsRefusedAtThePartThatIsOneTooMany) {
  for (const int parts : {17, 25000, 1000000}) {
    const std::string key = "a" + Repeated(".a", parts - 1);
    EXPECT_EQ(Errors(key + " = 1\n"), "x.toml:1:32: TOML: a key of more than 16 parts\n");
    EXPECT_EQ(Errors("[" + key + "]\n"), "x.toml:1:33: TOML: a key of more than 16 parts\n");
    EXPECT_EQ(Errors("\n  [[" + key + "]]\n"), "x.toml:2:36: TOML: a key of more than 16 parts\n");
    EXPECT_EQ(Errors("a = { " + key + " = 1 }\n"), "x.toml:1:38: TOML: a key of more than 16 parts\n");
    EXPECT_EQ(Errors("\"\xC3\xA9\"" + Repeated(" . '\\'", parts - 1) + " = 1\n"),
              "x.toml:1:95: TOML: a key of more than 16 parts\n");
  }
}

TEST(BigFile, DotsThatAreNotBetweenPartsOfAKeyDoNotCount) {
  const std::string dots = Repeated(".", 100);
  for (const std::string& value : {absl::StrCat("\"", dots, "\""), absl::StrCat("'", dots, "'"),
                                   absl::StrCat("\"\"\"", dots, "\n\"\"", dots, "\"\"\"\"\""),
                                   absl::StrCat("'''", dots, "\n''", dots, "'''''"), absl::StrCat("\"\\\"", dots, "\""),
                                   absl::StrCat("'\\' # '", dots), absl::StrCat("[", Repeated("1.5, ", 100), "]")}) {
    const std::string errors = Errors("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = " + value + "\n[dpdk]\nworkers = [1]\n");
    EXPECT_THAT(errors, testing::StartsWith("x.toml:1:1: a: unknown key")) << value;
  }
}

TEST(BigFile, ValuesThatNestTooDeepAreRefused) {
  for (const int depth : {17, 1000000}) {
    EXPECT_THAT(Errors("a = " + Repeated("[", depth)), testing::HasSubstr("TOML: "));
    EXPECT_THAT(Errors("a = " + Repeated("[", depth) + Repeated("]", depth)), testing::HasSubstr("TOML: "));
    EXPECT_THAT(Errors("a = " + Repeated("{a=", depth) + "1" + Repeated("}", depth)), testing::HasSubstr("TOML: "));
  }
}

TEST(BigFile, OfManyErrorsTheFirstThousandAreTold) {
  std::string text = kBase;
  for (int i = 0; i < kMany; ++i) text += "unknown" + Number(i) + " = 1\n";
  const std::string errors = Errors(text);
  EXPECT_THAT(errors, testing::EndsWith("\nx.toml: 99000 more errors\n"));
}

TEST(BigFile, AMegabyteOfANameIsShownByItsBeginning) {
  const std::string name(1 << 20, 'n');
  const std::string shown = "\"" + std::string(100, 'n') + "...\"";
  std::string text = kBase;
  text += "[[interface]]\nname = \"" + name + "\"\ndevice = \"net_null0\"\n";
  for (int i = 0; i < 2000; ++i) {
    text += "[[route]]\nprefix = \"10." + Number(i / 256) + "." + Number(i % 256) + ".0/24\"\ninterface = \"x" +
            name.substr(0, 500) + "\"\n";
  }
  text += "[protocol." + name + "]\nmodule = \"x.so\"\n[protocol." + name + ".options]\n";
  for (int i = 0; i < 10000; ++i) text += "o" + Number(i) + " = 1\n";
  text += "[" + name + "x]\n";
  const std::string errors = Errors(text);
  EXPECT_THAT(errors, testing::HasSubstr("x.toml:4:8: interface.name: " + shown + " is no name;"));
}

TEST(BigFile, ManyOptionsOfAModuleAreRead) {
  std::string text = std::string(kBase) + "[protocol.x]\nmodule = \"x.so\"\n[protocol.x.options]\n";
  for (int i = 0; i < kMany; ++i) text += "option" + Number(i) + " = " + Number(i) + "\n";
  const Result result = Parse(text, "x.toml");
  EXPECT_EQ(result.ErrorText(), "");
  ASSERT_EQ(result.config.protocols.size(), 1U);
  EXPECT_EQ(std::get<ProtocolModule>(result.config.protocols[0].kind).options.size(), size_t{kMany});
}

TEST(BigFile, ManyProtocolsAreRead) {
  std::string text = kBase;
  for (int i = 0; i < kMany; ++i) text += "[protocol.x" + Number(i) + "]\nmodule = \"x.so\"\n";
  EXPECT_EQ(Parse(text, "x.toml").config.protocols.size(), size_t{kMany});
}

// 32,000 VLANs on 15 ports, all in lists, and routes by the last of them.
TEST(BigFile, ManyInterfacesAndRoutesAreRead) {
  std::string text = kBase;
  std::string names;
  for (int port = 0; port < 15; ++port) {
    text += "[[interface]]\nname = \"p" + Number(port) + "\"\ndevice = \"net_null" + Number(port) + "\"\n";
  }
  for (int i = 0; i < 32000; ++i) {
    text += "[[interface]]\nname = \"v" + Number(i) + "\"\nparent = \"p" + Number(i / 4000) +
            "\"\nvlan = " + Number(1 + i % 4000) + "\n";
    names += ", \"v" + Number(i) + "\"";
  }
  std::string routes;
  for (int i = 0; i < kMany; ++i) {
    routes += "[[route]]\nprefix = \"" + Number(11 + i / 65536) + "." + Number(i / 256 % 256) + "." + Number(i % 256) +
              ".0/24\"\ninterface = \"v31999\"\n";
  }
  text += routes + "[protocol.static]\ninterfaces = [\"p0\"" + names + "]\n";
  std::string mroutes =
      "[[protocol.static.mroute]]\nfrom = \"p0\"\ngroup = \"239.0.0.0/8\"\nto = [" + names.substr(2) + "]\n";
  for (int i = 0; i < kMany; ++i) {
    mroutes += "[[protocol.static.mroute]]\nfrom = \"v31999\"\nsource = \"10.0.0.1\"\ngroup = \"" +
               Number(225 + i / 65536) + "." + Number(i / 256 % 256) + "." + Number(i % 256) +
               ".1\"\nto = [\"v31998\"]\n";
  }
  text += mroutes;
  const Result result = Parse(text, "x.toml");
  EXPECT_EQ(result.ErrorText(), "");
  EXPECT_EQ(result.config.routes.of<Ipv4>().size(), size_t{kMany});
  EXPECT_EQ(result.config.static_protocol()->mroutes.of<Ipv4>().size(), size_t{kMany} + 1);
}

// Each is looked for among all names, and a name that was meant for the first of them.
TEST(BigFile, ManyNamesOfNothingAreToldOnce) {
  std::string text = kBase;
  text += "[[interface]]\nname = \"p\"\ndevice = \"net_null0\"\n";
  for (int i = 0; i < 4000; ++i) {
    text += "[[interface]]\nname = \"" + Number(10000 + i) + std::string(27, 'v') +
            "\"\nparent = \"p\"\nvlan = " + Number(1 + i) + "\n";
  }
  for (int i = 0; i < kMany; ++i) {
    text += "[[route]]\nprefix = \"" + Number(11 + i / 65536) + "." + Number(i / 256 % 256) + "." + Number(i % 256) +
            ".0/24\"\ninterface = \"x0000" + std::string(27, 'v') + "\"\n";
  }
  const std::string errors = Errors(text);
  EXPECT_THAT(errors, testing::HasSubstr("did you mean \"10000"));
  EXPECT_THAT(errors, testing::EndsWith("\nx.toml: 99000 more errors\n"));
}

TEST(BigFile, AFileWithoutAnEndIsRefused) {
  EXPECT_EQ(Load("/dev/zero").ErrorText(),
            "/dev/zero:0:0: file: is longer than 536870912 bytes; allowed: a readable TOML file\n");
}

}  // namespace
}  // namespace mgmd::config

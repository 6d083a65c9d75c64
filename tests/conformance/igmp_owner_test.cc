// What hosts say on an interface that a routing protocol owns comes to it as LOCAL_JOIN and LOCAL_LEAVE, once each, and
// as nothing else: the tables of RFC 9776 section 6.4, up to the owner.

#include "tests/conformance/igmp_engine.h"

namespace mgmd::conformance {
namespace {

using membership::RecordType;

struct Said {
  double at = 0;  // seconds; what is before 0 brings the state about
  RecordType type{};
  std::vector<std::string> sources{};
};

struct Row {
  const char* state;
  std::vector<Said> said;
  Lines at_once;  // what P1 hears by 0.9 s
  Lines later;    // and by `until`
  int until = 3;
};

constexpr RecordType kIsIn = RecordType::kIsInclude, kIsEx = RecordType::kIsExclude, kToIn = RecordType::kToInclude,
                     kToEx = RecordType::kToExclude, kAllow = RecordType::kAllow, kBlock = RecordType::kBlock;

// Sources a to e are S to S5. "I{a:100}": INCLUDE, with seconds left; "E100 X{a:50} Y{b}": EXCLUDE.
const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = {
      {"-", {{0, kIsEx, {}}}, {"LJ (*,G)"}, {}},
      {"-", {{0, kIsIn, {}}, {0, kToIn, {}}, {0, kBlock, {"S"}}, {0, kAllow, {}}}, {}, {}},
      {"-", {{0, kIsIn, {"S", "S2"}}}, {"LJ (S,G)", "LJ (S2,G)"}, {}},
      {"I{a:260,b:260}", {{-10, kAllow, {"S", "S2"}}, {0, kAllow, {"S2", "S3"}}}, {"LJ (S3,G)"}, {}},
      {"I{a:100,b:100}",
       {{-170, kAllow, {"S", "S2"}}, {0, kIsEx, {"S2", "S3"}}},
       {"LJ (*,G)", "LL (S,G)", "LL (S2,G)"},
       {}},
      {"E100 X{a:50} Y{b}",
       {{-221, kIsEx, {"S2"}}, {-220, kAllow, {"S"}}, {-170, kIsEx, {"S", "S2"}}, {0, kIsIn, {"S", "S2", "S3"}}},
       {},
       {}},
      {"E100 X{a:5}", {{-266, kIsEx, {}}, {-265, kAllow, {"S"}}, {-170, kIsEx, {"S"}}}, {}, {}, 10},
      {"E5 X{a:50} Y{b}", {{-265, kIsEx, {"S2"}}, {-220, kAllow, {"S"}}}, {}, {"LJ (S,G)", "LL (*,G)"}, 10},
      {"E5 Y{b}", {{-265, kIsEx, {"S2"}}}, {}, {"LL (*,G)"}, 10},
      {"I{a:5,b:50}", {{-265, kAllow, {"S"}}, {-220, kAllow, {"S2"}}}, {}, {"LL (S,G)"}, 10},
      {"I{a:5,b:50}", {{-265, kAllow, {"S"}}, {-220, kAllow, {"S2"}}}, {}, {"LL (S,G)", "LL (S2,G)"}, 60},
      {"I{a:100,b:100}", {{-170, kAllow, {"S", "S2"}}, {0, kBlock, {"S"}}}, {}, {"LL (S,G)"}},
      {"I{a:100,b:100}", {{-170, kAllow, {"S", "S2"}}, {0, kBlock, {"S"}}, {0.5, kIsIn, {"S"}}}, {}, {}},
      {"I{a:100,b:100}",
       {{-170, kAllow, {"S", "S2"}}, {0, kBlock, {"S"}}, {0.4, kBlock, {"S2"}}},
       {},
       {"LL (S,G)", "LL (S2,G)"}},
      {"I{a:100,b:100}", {{-170, kAllow, {"S", "S2"}}, {0, kBlock, {"S"}}, {0.3, kBlock, {"S"}}}, {}, {"LL (S,G)"}},
      {"I{a:100,b:100,c:50}",
       {{-220, kAllow, {"S3"}}, {-170, kAllow, {"S", "S2"}}, {0, kToIn, {"S3"}}},
       {},
       {"LL (S,G)", "LL (S2,G)"}},
      {"I{a:100}", {{-170, kAllow, {"S"}}, {0, kToEx, {"S", "S2"}}}, {"LJ (*,G)", "LL (S,G)"}, {}},
      {"E200 X{a:100} Y{b}",
       {{-171, kIsEx, {"S2"}}, {-170, kAllow, {"S"}}, {-70, kIsEx, {"S", "S2"}}, {0, kBlock, {"S", "S2", "S3"}}},
       {},
       {}},
      {"E200 X{a:100} Y{b}",
       {{-171, kIsEx, {"S2"}}, {-170, kAllow, {"S"}}, {-70, kIsEx, {"S", "S2"}}, {0, kToEx, {"S2", "S3"}}},
       {},
       {}},
      {"E200 X{a:100} Y{b}",
       {{-171, kIsEx, {"S2"}}, {-170, kAllow, {"S"}}, {-70, kIsEx, {"S", "S2"}}, {0, kToIn, {"S2"}}},
       {},
       {"LJ (S2,G)", "LL (*,G)"}},
      {"E200", {{-70, kIsEx, {}}, {0, kToIn, {}}}, {}, {"LL (*,G)"}},
      {"E200", {{-70, kIsEx, {}}, {0, kToIn, {}}, {0.7, kIsEx, {}}}, {}, {}},
      {"E200", {{-70, kIsEx, {}}, {0, kToIn, {}}, {0.4, kToIn, {}}}, {}, {"LL (*,G)"}},
  };
  return rows;
}

template <class Family>
class Owned : public ::testing::Test {};
TYPED_TEST_SUITE(Owned, BothFamilies, FamilyName);

// One world for each row: a process has one Group Manager.
template <class Family>
class OwnedWorld : public Engine<Family> {
 public:
  void TestBody() override {}

  void Run(const Row& row) {
    this->Come(1);
    for (const Said& said : row.said) {
      if (said.at >= 0) Begin();
      PassTo(said.at);
      this->Report(1, said.type, said.sources);
    }
    Begin();
    PassTo(0.9);
    EXPECT_EQ(Heard(), Sorted(row.at_once)) << "at once";
    PassTo(row.until);
    EXPECT_EQ(Heard(), Sorted(row.later)) << "later";
  }

 private:
  // The state has come about.
  void Begin() {
    if (has_begun_) return;
    has_begun_ = true;
    PassTo(0);
    this->world.TakeEvents();
  }
  void PassTo(double seconds) {
    for (; passed_ < seconds - 0.05; passed_ += 0.1) this->Step(std::chrono::milliseconds(100));
  }
  static Lines Sorted(Lines lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  // What P1 was called with, but for alerts about the other protocols' joins, of which there are none.
  Lines Heard() {
    Lines heard;
    for (const std::string& line : this->world.TakeEvents()) {
      if (line.find(" P1 ") == std::string::npos) continue;
      const size_t entry = line.find('(');
      heard.push_back(line.substr(0, line.find(' ') + 1) + line.substr(entry, line.find(')') + 1 - entry));
    }
    return Sorted(heard);
  }

  double passed_ = -300;  // seconds
  bool has_begun_ = false;
};

TYPED_TEST(Owned, EachRowOfTheTablesIsLocalJoinsAndLeaves) {
  for (const Row& row : Rows()) {
    SCOPED_TRACE(std::string(row.state) + ", row " + std::to_string(&row - Rows().data()));
    OwnedWorld<TypeParam>().Run(row);
  }
}

}  // namespace
}  // namespace mgmd::conformance

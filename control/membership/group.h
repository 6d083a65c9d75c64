#ifndef MGMD_CONTROL_MEMBERSHIP_GROUP_H_
#define MGMD_CONTROL_MEMBERSHIP_GROUP_H_

// What a router knows of a group's members on a link: the state of RFC 9776 section 6.2 (RFC 9777 section 7.2), and the
// tables of its section 6.4 that say what each record makes of it.
//
//   INCLUDE(A)     some host wants these sources, each for as long as its timer runs
//   EXCLUDE(X, Y)  some host wants every source but Y, for as long as the group's timer runs; of X it is known that
//                  somebody wants them anyway, and they are what is left when the group's timer ends
//
// There is no INCLUDE({}): who finds a group empty deletes it. Timers are deadlines. A report that only says again what
// was known writes deadlines, and nothing else: whoever holds the group looks at NextDeadline() when it thought that
// something was due (router_part.h).
//
// What a leave asks for, that the querier find out who is left, is asked by Check*(): a question is under way until it
// has been sent as often as it has to be. Timers are lowered when its first message really leaves, so that hosts
// always have all the time there is to answer; what has been reported between leave and message is left as it is.
//
// Pure. Cost: a record costs a look into the sources for each source that it names, and those that add, delete or ask
// about others a walk over all; no record allocates but for sources that are new.

#include <cstdint>
#include <span>
#include <vector>

#include "control/membership/filter.h"
#include "control/membership/message.h"
#include "control/membership/room.h"
#include "control/membership/source_list.h"

namespace mgmd::membership {

// Where a group's sources have to fit.
struct SourceRooms {
  uint32_t of_group = 1000;
  Room* of_all = nullptr;    // none: unlimited
  uint64_t* held = nullptr;  // how many there are; none: nobody counts them
  // Counted up by what did not fit.
  uint64_t refused_by_group = 0;
  uint64_t refused_by_all = 0;
};

template <class Family>
class Group {
 public:
  using Address = typename Family::Address;
  using Addresses = std::span<const Address>;  // ascending, each once

  static constexpr Time kNever = Timer::kNever;
  static constexpr Time kBlocked = Timer::kBlocked;  // of EXCLUDE's Y

  // What a record asks the querier to find out.
  struct Question {
    bool group = false;
    std::vector<Address> sources{};
  };

  // Does what the table says of a record, which is of a kind that it knows. `lives`: how long a report holds. What does
  // not fit is left out: of sources that some host excludes, that means that they are forwarded. `question` is written
  // over. Returns whether what is forwarded, Wants(), is another than before.
  bool Apply(RecordType type, Addresses sources, Time now, Duration lives, SourceRooms& rooms, Question& question);

  // Lets go of what has run out by now. Returns whether Wants() is another.
  bool Expire(Time now, SourceRooms& rooms);

  // Ends sources, or the group's timer, at once, as if they had run out. Return likewise.
  bool EndSources(Addresses sources, SourceRooms& rooms);
  bool EndExclude(SourceRooms& rooms);
  // Some host wants it for so long at least, whatever the group's mode.
  bool KeepSource(const Address& source, Time until, SourceRooms& rooms);

  // Asks about the group, or about the sources, `times` times; `answer_time`: what hosts have. What is asked about
  // already, or ends sooner anyway, is not asked about anew.
  void CheckGroup(Time now, int times);
  void CheckSources(Addresses sources, Time now, Duration answer_time, int times);
  // Nothing is asked about any more.
  void StopChecks();

  // What has to be sent at a time at which something has.
  struct Questions {
    bool group = false;
    bool group_suppressed = false;       // the group's with the S flag: its timer has been raised since
    std::vector<Address> raised{};       // sources whose timers have been raised since: with the S flag
    std::vector<Address> running_out{};  // those whose have not
  };
  Questions ToAsk(Time now, Duration answer_time) const;
  // It has been sent: timers of what has been asked about for the first time are lowered. Returns whether it has to be
  // sent once more.
  bool Asked(Time now, Duration answer_time);

  // What another router's query asks about ends at that time at the latest.
  void LowerGroup(Time to);
  void LowerSources(Addresses sources, Time to);

  // RFC 9776 section 6.3.
  bool Wants(const Address& source) const;

  FilterMode mode() const { return expires() == kNever ? FilterMode::kInclude : FilterMode::kExclude; }
  bool empty() const { return mode() == FilterMode::kInclude && sources_.empty(); }
  Time expires() const { return timer_.expires(); }  // of EXCLUDE
  const SourceList<Family>& sources() const { return sources_; }
  // Something has been asked about that was not before, and nothing of that has been sent.
  bool is_asked_anew() const { return asked_anew_; }
  // How often the question about the group has still to be sent.
  int repeats() const { return timer_.repeats; }

  // The earliest time at which something runs out. kNever: none does. A walk over all sources.
  Time NextExpiry() const;

 private:
  bool includes() const { return mode() == FilterMode::kInclude; }
  void SetExpires(Time expires);
  // Of those that are not there, as many as have room.
  size_t Insert(Addresses sources, Time expires, SourceRooms& rooms);
  bool IncludeAll(Addresses sources, Time until, SourceRooms& rooms);
  bool KeepOnly(Addresses sources, Time of_new, SourceRooms& rooms);
  template <class Predicate>
  size_t Erase(Predicate predicate, SourceRooms& rooms);
  template <class Predicate>
  bool RunOut(Predicate predicate, SourceRooms& rooms);

  SourceList<Family> sources_;
  Timer timer_{kNever};      // of the group. kNever: INCLUDE
  bool asked_anew_ = false;  // about the group or a source
  bool check_runs_ = false;  // the group's timer is what its question has set
};

}  // namespace mgmd::membership

#endif  // MGMD_CONTROL_MEMBERSHIP_GROUP_H_

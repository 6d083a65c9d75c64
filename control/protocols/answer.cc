#include "control/protocols/answer.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace mgmd::protocols {

absl::Status StatusOf(DWORD code, std::string_view protocol, std::string_view what) {
  if (code == NO_ERROR) return absl::OkStatus();
  const std::string message =
      absl::StrCat("protocol ", std::string(protocol), ": ", std::string(what), ": the Group Manager answered ", code);
  switch (code) {
    case ERROR_ALREADY_EXISTS:
      return absl::AlreadyExistsError(message);
    case ERROR_INVALID_PARAMETER:
      return absl::InvalidArgumentError(message);
    case ERROR_NOT_FOUND:
      return absl::NotFoundError(message);
    case ERROR_NOT_ENOUGH_MEMORY:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::FailedPreconditionError(message);
  }
}

}  // namespace mgmd::protocols

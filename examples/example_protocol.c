/* An example of a multicast routing protocol for mgmd, as a module:
 *
 *   cc -std=c99 -shared -fPIC example_protocol.c $(pkg-config --cflags --libs mgm) -o libexample_protocol.so
 *
 *   [protocol.example]
 *   module  = "libexample_protocol.so"
 *   options = { interfaces = "dn1 dn2", groups = "239.7.7.7" }
 *
 * It does what every protocol does with the Group Manager and leaves out what its own packets would be: where a real
 * one sends a join or a prune to its neighbours, it writes a line. docs/mgm.md explains each call. All of it runs on
 * the control thread: a protocol with threads of its own calls the same functions from there.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "mgm.h"
#include "mgm_ext.h"
#include "mgmd_protocol.h"

#define PROTOCOL PROTOCOL_ID(PROTO_TYPE_MCAST, PROTO_VENDOR_MS2, 0x4558)
#define MAX_INTERFACES 64
#define HOST_MASK 0xFFFFFFFFu
#define PRUNED_SECONDS 60u

static const MGMD_PROTOCOL_ARGUMENTS* arguments;
static HANDLE client;
static DWORD owned[MAX_INTERFACES];
static DWORD owned_count;

static void say(const char* what, DWORD source, DWORD group) {
  char from[INET_ADDRSTRLEN] = "*";
  char to[INET_ADDRSTRLEN] = "*";
  char line[160];
  if (source != 0) inet_ntop(AF_INET, &source, from, sizeof(from));
  if (group != 0) inet_ntop(AF_INET, &group, to, sizeof(to));
  snprintf(line, sizeof(line), "%s (%s,%s)", what, from, to);
  arguments->pfnLog(arguments->szName, line);
}

/* --- Callbacks: what the others' receivers need of us. Their return value is ignored. */

/* Receivers are behind other protocols' interfaces: ask our neighbours for the data. */
static DWORD on_join(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, BOOL membership) {
  (void)source_mask, (void)group_mask;
  say(membership ? "would join upstream" : "would graft", source, group);
  return NO_ERROR;
}

/* None are left: stop asking. A stream that is dropped here comes up for decision again in a minute, not in fifteen. */
static DWORD on_prune(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD interface, DWORD next_hop,
                      BOOL membership, PDWORD timeout) {
  (void)source_mask, (void)group_mask, (void)interface, (void)next_hop;
  say(membership ? "would leave upstream" : "would prune", source, group);
  if (!membership) *timeout = PRUNED_SECONDS;
  return NO_ERROR;
}

/* A new stream would leave by our interfaces: clearing bIsEnabled would keep it off one. Nothing may be changed here.
 * */
static DWORD on_creation(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD in_interface,
                         DWORD in_next_hop, DWORD count, PMGM_IF_ENTRY oifs) {
  (void)source_mask, (void)group_mask, (void)in_interface, (void)in_next_hop, (void)count, (void)oifs;
  say("forwards", source, group);
  return NO_ERROR;
}

/* IGMP has hosts on an interface of ours: they are our receivers now, and the manager counts them as such. */
static DWORD on_local_join(DWORD source, DWORD source_mask, DWORD group, DWORD group_mask, DWORD interface,
                           DWORD next_hop) {
  (void)source_mask, (void)group_mask, (void)interface, (void)next_hop;
  say("has hosts of", source, group);
  return NO_ERROR;
}

/* --- Start-up and shutdown. */

static const char* option(const char* name) {
  for (uint32_t i = 0; i < arguments->dwOptionCount; ++i) {
    if (strcmp(arguments->pOptions[i].szName, name) == 0) return arguments->pOptions[i].szValue;
  }
  return NULL;
}

/* Whether a word stands in a list that is separated by blanks. */
static int listed(const char* list, const char* word) {
  const size_t length = strlen(word);
  for (const char* at = list; (at = strstr(at, word)) != NULL; at += length) {
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return 1;
  }
  return 0;
}

/* What the others have joined before we came: nobody tells us but the enumeration. */
static void learn_groups(void) {
  HANDLE enumeration;
  SOURCE_GROUP_ENTRY entries[32];
  DWORD code;
  if (MgmGroupEnumerationStart(client, ALL_SOURCES, &enumeration) != NO_ERROR) return;
  do {
    DWORD size = sizeof(entries);
    DWORD count = 0;
    code = MgmGroupEnumerationGetNext(enumeration, &size, (PBYTE)entries, &count);
    for (DWORD i = 0; i < count; ++i) on_join(entries[i].dwSourceAddr, 0, entries[i].dwGroupAddr, 0, TRUE);
  } while (code == NO_ERROR || code == ERROR_MORE_DATA);
  MgmGroupEnumerationEnd(enumeration);
}

static void join_groups(const char* groups, DWORD interface) {
  char word[INET_ADDRSTRLEN];
  int used = 0;
  for (; sscanf(groups, "%15s%n", word, &used) == 1; groups += used) {
    struct in_addr group;
    if (inet_pton(AF_INET, word, &group) != 1) continue;
    MgmAddGroupMembershipEntry(client, 0, 0, group.s_addr, HOST_MASK, interface, 0, MGM_JOIN_STATE_FLAG);
  }
}

static void stop(void) {
  while (owned_count > 0) MgmReleaseInterfaceOwnership(client, owned[--owned_count], 0);
  MgmDeRegisterMProtocol(client);
  client = NULL; /* dead: any call with it would get ERROR_INVALID_PARAMETER */
}

static uint32_t start(const MGMD_PROTOCOL_ARGUMENTS* given) {
  ROUTING_PROTOCOL_CONFIG callbacks;
  const char* interfaces;
  const char* groups;
  arguments = given;
  memset(&callbacks, 0, sizeof(callbacks));
  callbacks.pfnJoinAlertCallback = on_join;
  callbacks.pfnPruneAlertCallback = on_prune;
  callbacks.pfnCreationAlertCallback = on_creation;
  callbacks.pfnLocalJoinCallback = on_local_join;
  if (MgmRegisterMProtocol(&callbacks, PROTOCOL, given->dwComponentId, &client) != NO_ERROR) return 1;
  MgmExtNameClient(client, given->szName);

  interfaces = option("interfaces");
  for (uint32_t i = 0; i < given->dwInterfaceCount && owned_count < MAX_INTERFACES; ++i) {
    const MGMD_PROTOCOL_INTERFACE* interface = &given->pInterfaces[i];
    if (interfaces != NULL && !listed(interfaces, interface->szName)) continue;
    /* Another protocol's interface stays its own; one where IGMP is alone can be taken. */
    if (MgmTakeInterfaceOwnership(client, interface->dwIfIndex, 0) == NO_ERROR) {
      owned[owned_count++] = interface->dwIfIndex;
    }
  }
  if (owned_count == 0) {
    stop();
    return 1;
  }
  learn_groups();
  groups = option("groups");
  for (DWORD i = 0; i < owned_count && groups != NULL; ++i) join_groups(groups, owned[i]);
  return 0;
}

const MGMD_PROTOCOL* MgmdProtocol(void) {
  static const MGMD_PROTOCOL protocol = {MGMD_PROTOCOL_VERSION, start, stop};
  return &protocol;
}

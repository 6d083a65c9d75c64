"""Cases of streams that begin, are unwanted, are covered by wildcards, or lose an interface."""

from .case import case
from .cases_headers import G, S, one_stream
from .families import BOTH

UNWANTED = "239.9.9.9"


# --- First packets


@case("rule-30-first-packet-unwanted", [30], "RFC 2715 rule 3", families=BOTH)
def first_packet_unwanted(c):
    """A stream that nobody asked for is held until control has made its entry, then dropped; control is asked once."""
    up, _, _ = c.standard()
    c.made(S, UNWANTED, up)
    c.steps = ["receive 5", "send"]
    for seed in range(10):
        c.send(up, c.ip(S, UNWANTED, seed=seed), drop="no_receivers")
    c.punts = {"no_entry": 1}


@case("rule-30-first-packet-no-route", [30], "RFC 2715 rule 1", families=BOTH)
def first_packet_no_route(c):
    """A source without a route: the stream is unwanted wherever it arrives."""
    up, dn1, _ = c.standard()
    c.made("172.16.0.1", UNWANTED, None)
    c.steps = ["receive 2", "send"]
    for seed in range(4):
        c.send(up, c.ip("172.16.0.1", UNWANTED, seed=seed), drop="no_route")
        c.send(dn1, c.ip("172.16.0.1", UNWANTED, seed=seed), drop="no_route")
    c.punts = {"no_entry": 1}


@case("rule-30-first-packets-in-order", [29, 30], "RFC 2715 rule 3", families=BOTH)
def first_packets_in_order(c):
    """Packets that wait for the decision leave before anything later of the stream; none is lost.

    A protocol of the test's own is on dn2 and has joined the group, so that the first packet makes the entry.
    """
    up, dn1, dn2 = c.standard()
    dn2.owned = False
    c.made(S, "239.5.5.5", up, [dn2])
    c.steps = [c.own(dn2), c.join("239.5.5.5", dn2), "receive 40", "receive 40", "send 3", "send"]
    for seed in range(100):
        c.send(up, c.ip(S, "239.5.5.5", seed=seed), [dn2])
    c.punts = {"no_entry": 1}


@case("rule-30-first-packets-two-workers", [30], "RFC 2715 rule 3", families=BOTH)
def first_packets_two_workers(c):
    """Two workers hold packets of one stream: each sends, or drops, its own when the decision is there."""
    c.workers = 2
    up = c.port("up0", addresses=["10.0.0.254/24"])
    other = c.port("up1", addresses=["10.9.0.254/24"])
    dn1 = c.port("dn1", owned=False)
    c.made(S, "239.5.5.5", up, [dn1])
    c.steps = [c.own(dn1), c.join("239.5.5.5", dn1), "receive 20", "send"]
    for seed in range(30):
        c.send(up, c.ip(S, "239.5.5.5", seed=seed), [dn1])
        c.send(other, c.ip(S, "239.5.5.5", seed=100 + seed), drop="wrong_interface")
    c.punts = {"no_entry": 2}


@case("rule-30-pending-depth", [30], "RFC 2715 rule 3", families=BOTH)
def pending_depth(c):
    """Of one stream no more packets wait than [limits] pending_depth; those that come when it is full are lost."""
    up, dn1 = c.standard(1)
    dn1.owned = False
    c.limits["pending_depth"] = 4
    c.made(S, "239.5.5.5", up, [dn1])
    c.steps = [c.own(dn1), c.join("239.5.5.5", dn1), "receive 6", "send 0", "send"]
    for seed in range(8):
        waits = seed < 4 or seed > 5
        c.send(up, c.ip(S, "239.5.5.5", seed=seed), [dn1] if waits else [], drop=None if waits else "pending_depth")
    c.punts = {"no_entry": 1}


@case("rule-30-pending-packets", [30], "RFC 2715 rule 3", families=BOTH)
def pending_packets(c):
    """Of all streams no more packets wait than [limits] pending_packets."""
    up, dn1 = c.standard(1)
    c.limits["pending_packets"] = 8
    c.made(S, "239.9.9.1", up)
    c.made("10.1.0.1", "239.9.9.2", dn1)
    c.steps = ["receive 4", "receive 4", "send 0"]
    for seed in range(8):
        drop = "no_receivers" if seed < 4 else "pending_packets"
        c.send(up, c.ip(S, "239.9.9.1", seed=seed), drop=drop)
        c.send(dn1, c.ip("10.1.0.1", "239.9.9.2", seed=seed), drop=drop)
    c.punts = {"no_entry": 2}


@case("rule-30-pending-streams", [30], "RFC 2715 rule 3", families=BOTH)
def pending_streams(c):
    """No more streams wait than [limits] pending; a stream that finds no place is tried again by its next packet.

    A stream that flows is not touched by any of this.
    """
    up, (dn1, dn2) = one_stream(c)
    c.limits["pending"] = 2
    c.steps = ["receive 1", "receive 2", "send 0", "send"]
    c.made(S, "239.9.9.1", up)
    c.made("10.1.0.1", "239.9.9.2", dn1)
    c.send(up, c.ip(S, "239.9.9.1"), drop="no_receivers")
    c.send(dn1, c.ip("10.1.0.1", "239.9.9.2"), drop="no_receivers")
    c.send(up, c.ip(S, "239.9.9.3"), drop="pending_streams")
    c.send(up, c.ip(S, G), [dn1, dn2])
    c.made(S, "239.9.9.3", up)
    c.send(up, c.ip(S, "239.9.9.3", seed=1), drop="no_receivers")
    c.punts = {"no_entry": 3}


@case("rule-30-pending-share", [30], "RFC 2715 rule 3", families=BOTH)
def pending_share(c):
    """Of the streams and packets that may wait one interface has half; the other half is for all others."""
    up, dn1 = c.standard(1)
    c.limits |= {"pending": 4, "pending_packets": 8}
    c.steps = ["receive 8", "send 0", "send"]
    for last in (1, 2):
        c.made(S, f"239.9.9.{last}", up)
        c.made("10.1.0.1", f"239.9.9.{last}", dn1)
        c.send(up, c.ip(S, f"239.9.9.{last}"), drop="no_receivers")
        for seed in range(2):
            c.send(dn1, c.ip("10.1.0.1", f"239.9.9.{last}", seed=seed), drop="no_receivers")
    c.send(up, c.ip(S, "239.9.9.3"), drop="pending_share")
    for seed in (1, 2, 3, 4):
        c.send(up, c.ip(S, "239.9.9.1", seed=seed), drop="no_receivers" if seed < 3 else "pending_share")
    c.punts = {"no_entry": 4}


@case("fib-full", families=BOTH)
def fib_full(c):
    """With the FIB at [limits] mfes a new stream gets no entry: what waits is dropped, streams that flow go on."""
    up, (dn1, dn2) = one_stream(c)
    c.limits |= {"mfes": 2, "negative_mfes": 2}
    c.made(S, "239.9.9.1", up)
    c.steps = ["send 1", "send"]
    c.send(up, c.ip(S, "239.9.9.1"), drop="no_receivers")
    for seed in range(3):
        c.send(up, c.ip(S, "239.9.9.2", seed=seed), drop="pending_discarded")
        c.send(up, c.ip(S, G, seed=seed), [dn1, dn2])
    c.punts = {"no_entry": 2}


# --- Interfaces without anybody, released or down


@case("rule-33-interface-disabled", [33], families=BOTH)
def interface_disabled(c):
    """Data on an interface that nobody is on makes no state and asks nobody; what is checked before, still is."""
    up, down = one_stream(c)
    idle = c.port("idle", addresses=["10.9.0.254/24"], owned=False)
    c.send(idle, c.ip("10.9.0.1", G), drop="interface_disabled")
    c.send(idle, c.ip(S, G), drop="interface_disabled")
    c.send(idle, c.ip("10.9.0.1", "224.0.0.5"), drop="no_consumer")
    c.send(up, c.ip(S, G), down)


@case("rule-34-released-held", [34], families=BOTH)
def released_held(c):
    """Packets that wait and whose arrival interface is released are dropped as released."""
    up, dn1, _ = c.standard()
    c.steps = ["receive 3", "release static up0", "send"]
    for seed in range(5):
        c.send(up, c.ip(S, UNWANTED, seed=seed), drop="released" if seed < 3 else "interface_disabled")
    c.punts = {"no_entry": 1}


@case("rule-34-released-iif", [34], families=BOTH)
def released_iif(c):
    """After its iif is released a stream is gone; a stream of another interface loses nothing.

    The receivers are still there, so that the stream is shown as one without a way towards its source.
    """
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1, dn2], G, source=S)
    c.mroute(dn1, [dn2], G, source="10.1.0.1")
    c.steps = ["send 4", "release static up0", "send"]
    for seed in range(8):
        if seed < 4:
            c.send(up, c.ip(S, G, seed=seed), [dn1, dn2])
        else:
            c.send(up, c.ip(S, G, seed=seed), drop="interface_disabled")
        c.send(dn1, c.ip("10.1.0.1", G, seed=100 + seed), [dn2])
    c.made(S, G, None)


@case("rule-34-released-oif", [34], families=BOTH)
def released_oif(c):
    """After an oif is released nothing leaves by it, and the stream's other oifs get every packet."""
    up, (dn1, dn2, dn3) = one_stream(c, receivers=3)
    c.steps = ["send 4", "release static dn2", "send"]
    for seed in range(8):
        c.send(up, c.ip(S, G, seed=seed), [dn1, dn2, dn3] if seed < 4 else [dn1, dn3])
    c.loses_oif(S, G, dn2)


@case("shutdown", [34], families=BOTH)
def shutdown(c):
    """A protocol that shuts down leaves no entry behind."""
    up, down = one_stream(c)
    c.steps = ["send 4", "shutdown static", "send"]
    for seed in range(8):
        if seed < 4:
            c.send(up, c.ip(S, G, seed=seed), down)
        else:
            c.send(up, c.ip(S, G, seed=seed), drop="interface_disabled")
    c.forget(S, G)


@case("interface-down", families=BOTH)
def interface_down(c):
    """A port whose link is down takes nothing and gives nothing; its VLANs follow it; back up, all is as before."""
    up, dn1, dn2 = c.standard()
    tagged = c.vlan(dn1, 5)
    c.mroute(up, [dn1, dn2, tagged], G, source=S)
    c.steps = ["send 2", "down dn1", "send 2", "up dn1", "down up0", "send 2", "up up0", "send"]
    for seed in range(8):
        if seed in (2, 3):
            c.send(up, c.ip(S, G, seed=seed), [dn2], lost={dn1: "oif_down", tagged: "oif_down"})
        elif seed in (4, 5):
            c.send(up, c.ip(S, G, seed=seed), drop="interface_down")
        else:
            c.send(up, c.ip(S, G, seed=seed), [dn1, dn2, tagged])


# --- Wildcard entries


@case("wildcard-most-specific-first", families=BOTH)
def most_specific_first(c):
    """(S,G) before (*,G) before longer before shorter ranges before (*,*), each with the oifs of the wider ones."""
    up = c.port("up0", addresses=["10.0.0.254/24"])
    down = [c.port(f"dn{i}") for i in range(1, 6)]
    entries = [("*", "224.0.0.0/4", "231.0.0.1"), ("*", "239.0.0.0/8", "239.200.1.1"),
               ("*", "239.1.0.0/16", "239.1.2.3"), ("*", "239.1.1.1", "239.1.1.1")]
    for number, (_, group, _) in enumerate(entries):
        c.mroute(up, [down[number]], group, oifs=down[:number + 1])
    c.mroute(up, [down[4]], "239.1.1.1", source="10.0.0.2", oifs=down)
    for seed in range(4):
        for number, (source, group, sent_to) in enumerate(entries):
            c.send(up, c.ip(S, sent_to, seed=seed), down[:number + 1], stream=(source, group))
        c.send(up, c.ip("10.0.0.2", "239.1.1.1", seed=seed), down)
        c.send(up, c.ip("10.0.0.2", "239.1.1.2", seed=seed), down[:3], stream=("*", "239.1.0.0/16"))


@case("wildcard-interfaces", families=BOTH)
def wildcard_interfaces(c):
    """A wildcard entry takes any source, also one without a route, but from its iif only.

    A more specific entry may have another iif.
    """
    up, dn1, dn2 = c.standard()
    other = c.port("up1", addresses=["10.9.0.254/24"])
    c.mroute(up, [dn1], "239.1.0.0/16")
    c.mroute(other, [dn2], "239.1.1.1", oifs=[dn1, dn2])
    stream = ("*", "239.1.0.0/16")
    for source in ("10.0.0.1", "10.0.0.2", "172.16.0.1", "10.9.0.1"):
        c.send(up, c.ip(source, "239.1.2.2"), [dn1], stream=stream)
        c.send(other, c.ip(source, "239.1.2.2"), drop="wrong_interface", stream=stream)
        c.send(other, c.ip(source, "239.1.1.1"), [dn1, dn2], stream=("*", "239.1.1.1"))
        c.send(up, c.ip(source, "239.1.1.1"), drop="wrong_interface", stream=("*", "239.1.1.1"))


@case("wildcard-and-unwanted", families=BOTH)
def wildcard_and_unwanted(c):
    """Groups that no wildcard entry covers are streams of their own."""
    up, dn1, dn2 = c.standard()
    c.mroute(up, [dn1], "239.1.0.0/16")
    c.made(S, "239.2.0.0", up)
    c.made(S, "239.0.255.255", up)
    for group in ("239.2.0.0", "239.0.255.255"):
        c.send(up, c.ip(S, group), drop="no_receivers")
    for group in ("239.1.0.0", "239.1.255.255"):
        c.send(up, c.ip(S, group), [dn1], stream=("*", "239.1.0.0/16"))
    c.punts = {"no_entry": 2}

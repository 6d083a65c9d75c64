"""mgmd's summary as tables of text."""


def table(headings, rows):
    """Columns as wide as they need to be; numbers to the right."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *texts)]
    right = [bool(rows) and all(isinstance(row[i], int) for row in rows) for i in range(len(headings))]

    def line(cells):
        return "  " + "  ".join(cell.rjust(width) if to_right else cell.ljust(width)
                                for cell, width, to_right in zip(cells, widths, right)).rstrip()

    body = [line(row) for row in texts] or ["  (none)"]
    return "\n".join([line(headings), line(["-" * width for width in widths]), *body])


def counts(by_name):
    return ", ".join(f"{name} {count:,}" for name, count in by_name.items() if count) or "-"


def routes_table(summary):
    return table(
        ["source", "group", "from", "packets", "octets", "sent to", "dropped"],
        [(route["source"], route["group"], route["iif"], route["packets"], route["octets"],
          counts(route["oif_packets"]), counts(route["drops"])) for route in summary["routes"]])


def ports_table(summary):
    losses = ["rx_missed", "rx_errors", "rx_nombuf", "tx_errors"]
    return table(
        ["port", "rx packets", "rx octets", "tx packets", "tx octets", "lost"],
        [(port["name"], port["rx_packets"], port["rx_octets"], port["tx_packets"], port["tx_octets"],
          counts({loss: port[loss] for loss in losses})) for port in summary["ports"]])


def drops_table(summary):
    rows = [(reason, count) for reason, count in summary["drops"].items() if count]
    return table(["reason", "packets"], sorted(rows, key=lambda row: -row[1]))

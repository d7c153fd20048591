using System.Collections.Frozen;
using Pipelines.NodeRed.Rules.Reading;

namespace Pipelines.NodeRed.Rules.HighAvailability;

internal sealed class HardwareIsLocal : HaRule
{
    public override string Id => "HA045";

    public override string Title => "hardware of one machine";

    public override Severity Severity => Severity.Error;

    public override string LooksAt => "Serial ports, GPIO and Modbus servers: the types of the well-known modules.";

    public override string Why => "The device hangs on one machine; the other replicas do not have it, or all of them drive it.";

    public override string Cure => "Keep the device with a gateway outside the replicas that speaks MQTT.";

    public override IReadOnlyList<string> Related => ["HA042"];

    private static readonly FrozenSet<string> Types = new[]
    {
        "serial in", "serial out", "serial request", "rpi-gpio in", "rpi-gpio out", "rpi gpio in", "rpi gpio out", "pi-gpiod in", "pi-gpiod out", "gpio in", "gpio out",
        "rpi-mouse", "rpi-keyboard", "sensehat in", "sensehat out", "modbus-server", "modbus-flex-server", "i2c in", "i2c out", "i2c scan", "ds18b20", "rpi-ws281x", "bleacon",
    }.ToFrozenSet(StringComparer.Ordinal);

    protected override IEnumerable<Finding> Check(LiveFlows live) =>
        live.Types.Where(Types.Contains).SelectMany(type => live.OfType(type)).Select(node => On(live, node, $"is a {node.Type}: it needs what is connected to one machine.", "type"));
}

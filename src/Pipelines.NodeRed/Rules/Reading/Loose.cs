using System.Globalization;
using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Rules.Reading;

/// <summary>Values as the editor writes them: numbers and booleans as text as often as not.</summary>
internal static class Loose
{
    public static bool IsTrue(FlowNode node, string property) => node.IsTrue(property) || node.Text(property) == "true";

    public static bool IsFalse(FlowNode node, string property) =>
        node.TryGet(property, out var value) && (value.ValueKind == JsonValueKind.False || node.Text(property) == "false");

    public static double? Number(FlowNode node, string property) =>
        node.TryGet(property, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.Number => value.TryGetDouble(out var number) ? number : null,
                JsonValueKind.String => double.TryParse(value.SafeText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
                _ => null,
            }
            : null;
}

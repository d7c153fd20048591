using System.Text.Json;

namespace Pipelines.NodeRed.Diff;

/// <summary>What a promotion would change on a target, as JSON in UTF-8, the same for the store and the API.</summary>
public static class TargetDiffJson
{
    public static byte[] Write(string target, TargetDiff diff)
    {
        ArgumentNullException.ThrowIfNull(diff);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("target", target);
            writer.WriteBoolean("replicasDiffer", diff.ReplicasDiffer);
            writer.WriteString("warning", diff.Warning);
            writer.WriteStartArray("groups");
            foreach (var group in diff.Groups)
            {
                writer.WriteStartObject();
                writer.WriteStartArray("replicas");
                foreach (var replica in group.Replicas)
                {
                    writer.WriteStringValue(replica);
                }

                writer.WriteEndArray();
                writer.WritePropertyName("diff");
                FlowDiffJson.Write(writer, group.Diff);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit.Serialization;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Storage.Sagas;

namespace Pipelines.DatabaseTests.Upgrades;

/// <summary>
/// What earlier versions sent and stored stays readable, each word of it: a file for each version that changed them, one line for a kind of message or a state of a
/// saga, recorded while that version was running. A file is never edited; who renames a field finds out here.
/// </summary>
internal sealed class RecordedBodiesTests
{
    public static IEnumerable<TestCaseData> Recorded() =>
        from file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Upgrades", "recorded"), "*.jsonl")
        from line in File.ReadLines(file)
        let entry = JsonNode.Parse(line)!.AsObject()
        select new TestCaseData(entry).SetArgDisplayNames(
            Path.GetFileNameWithoutExtension(file),
            entry["message"]?.GetValue<string>() ?? $"{entry["saga"]} {entry["state"]}");

    [TestCaseSource(nameof(Recorded))]
    public void Nothing_that_was_recorded_is_lost_when_it_is_read(JsonObject entry)
    {
        var body = entry["body"]!;

        Assert.That(Missing(body, Reread(entry, body), "$"), Is.Empty);
    }

    [TestCaseSource(nameof(Recorded))]
    public void Fields_of_a_later_version_are_passed_over(JsonObject entry)
    {
        var body = entry["body"]!;
        var later = body.DeepClone();
        AddUnknown(later);

        Assert.That(JsonNode.DeepEquals(Reread(entry, later), Reread(entry, body)), Is.True);
    }

    private static JsonNode Reread(JsonObject entry, JsonNode body) => JsonNode.Parse(
        entry["message"]?.GetValue<string>() is { } message ? RereadMessage(message, body.ToJsonString()) : RereadSaga(entry, body.ToJsonString()))!;

    private static string RereadMessage(string name, string body)
    {
        var type = typeof(PromotionAccepted).Assembly.GetType($"{typeof(PromotionAccepted).Namespace}.{name}");
        Assert.That(type, Is.Not.Null, $"{name} is sent by a version that may still be running, or waits in a queue: keep it.");
        return JsonSerializer.Serialize(JsonSerializer.Deserialize(body, type!, SystemTextJsonMessageSerializer.Options), type!, SystemTextJsonMessageSerializer.Options);
    }

    private static string RereadSaga(JsonObject entry, string body)
    {
        var name = entry["saga"]!.GetValue<string>();
        var type = typeof(IDurableSaga).Assembly.GetTypes().Single(type =>
            type.IsAssignableTo(typeof(IDurableSaga)) && string.Equals(type.Name, $"{name}State", StringComparison.OrdinalIgnoreCase));
        return (string)typeof(RecordedBodiesTests).GetMethod(nameof(RereadSagaAs), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, [name, body])!;
    }

    private static string RereadSagaAs<TSaga>(string name, string body)
        where TSaga : class, IDurableSaga
    {
        var table = new SagaTable<TSaga>(name);
        var row = table.ToRow(table.Read(Guid.Empty, "any", null, body), default);
        return (string)row.GetType().GetProperty("body")!.GetValue(row)!;
    }

    private static IEnumerable<string> Missing(JsonNode? recorded, JsonNode? read, string path) => (recorded, read) switch
    {
        (null, _) => [],
        (JsonObject { Count: 0 }, null) => [],
        (JsonObject fields, JsonObject known) => fields.SelectMany(field => Missing(field.Value, known[field.Key], $"{path}.{field.Key}")),
        (JsonArray items, JsonArray known) when items.Count == known.Count => items.SelectMany((item, i) => Missing(item, known[i], $"{path}[{i}]")),
        _ => JsonNode.DeepEquals(recorded, read) ? [] : [$"{path} was {recorded.ToJsonString()} and is {read?.ToJsonString() ?? "nothing"}"],
    };

    private static void AddUnknown(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var field in fields.ToList())
                {
                    AddUnknown(field.Value);
                }

                // A map has keys of people's choosing, so one more of them is not an unknown field but one more entry.
                if (fields.Count > 0 && fields.All(field => char.IsLower(field.Key[0])))
                {
                    fields["aFieldOfALaterVersion"] = new JsonObject { ["x"] = 1 };
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    AddUnknown(item);
                }

                break;
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions.Schema;
using Pipelines.Engine.Feed;
using Pipelines.Service.Broker;
using Pipelines.Testing;
using YamlDotNet.Serialization;

namespace Pipelines.Tests.Service;

/// <summary>The description of the broker is what the records say; the official parser reads it in Pipelines.StandTests.</summary>
internal sealed class AsyncApiTests
{
    [Test]
    public void Is_written_from_the_contracts() => Golden.Verify("src/Pipelines.Service/asyncapi.yaml", JsonAsYaml.Write(Document()));

    [Test]
    public void Reads_back_as_the_same()
    {
        var document = Document();
        var read = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(JsonAsYaml.Write(document));
        var back = JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(read));

        Assert.That(Normal(back), Is.EqualTo(Normal(document)));
    }

    [Test]
    public void Describes_every_event_and_says_what_every_field_means()
    {
        var document = Document();
        Assert.That(document["channels"]!.AsObject(), Has.Count.EqualTo(FeedEvents.All.Count + Enum.GetValues<CommandKind>().Length + 1));
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            foreach (var (field, value) in schema!["properties"]!.AsObject())
            {
                Assert.That(value!["description"]?.GetValue<string>(), Is.Not.Null.And.Not.Empty, $"{name}.{field}");
            }
        }
    }

    internal static JsonObject Document()
    {
        var summaries = new XmlSummaries(typeof(PromoteFlows).Assembly);
        return new AsyncApiDocument(summaries.Of, summaries.Of).Write();
    }

    private static string Normal(JsonNode? node) => JsonSerializer.Serialize(Sorted(node));

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => new KeyValuePair<string, JsonNode?>(x.Key, Sorted(x.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}

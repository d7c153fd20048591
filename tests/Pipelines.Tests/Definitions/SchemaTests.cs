using System.Globalization;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Definitions.Schema;
using Pipelines.Engine.Definitions.Yaml;
using Pipelines.Testing;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class SchemaTests
{
    private static readonly DefinitionSchema Schemas = new(new XmlSummaries(typeof(RolloutSettings).Assembly, typeof(PipelineDefinition).Assembly));


    [Test]
    public void The_pipeline_schema_is_what_the_records_say() => Golden.Verify("pipelines/pipeline.schema.json", Schemas.Pipeline());

    [Test]
    public void The_instances_schema_is_what_the_records_say() => Golden.Verify("pipelines/instances.schema.json", Schemas.Instances());

    [Test]
    public async Task Every_shipped_file_fits_its_schema_and_names_it()
    {
        foreach (var file in DefinitionFolder.Read(Shipped.Folder))
        {
            var text = System.Text.Encoding.UTF8.GetString(file.Content.Span);
            var schema = file.Name == DefinitionFile.Instances ? "instances.schema.json" : "pipeline.schema.json";
            Assert.That(text.Split('\n')[0], Is.EqualTo($"# yaml-language-server: $schema={schema}"), file.Name);
            Assert.That(await Complaints(file.Name, text), Is.Empty, file.Name);
        }
    }

    private static IEnumerable<TestCaseData> Structural() =>
        Mistake.ReadAll("tests/Pipelines.Tests/golden/definitions/mistakes.txt")
            .Where(x => x.Spoilt.Count == 1 && x.Says.Any(IsStructural) && x.Says.All(y => !IsSyntax(y)))
            .Select(x => new TestCaseData(x).SetName($"Schema refuses: {x.Title}"));

    /// <summary>Keys, types and words are the schema's business; what a text means is the reader's.</summary>
    private static bool IsStructural(string said) =>
        new[] { "unknown key", "unknown stage", " needs '", "is one of", " is a map", " is a list", "is a duration", "without quotes", "a whole number", "is a secret in clear", "second stage in one", "stands beside", "has no value" }
            .Any(x => said.Contains(x, StringComparison.Ordinal));

    private static bool IsSyntax(string said) =>
        new[] { "not YAML", "twice", "alias", "anchor", "a tag", "a key is a word", "too deep" }.Any(x => said.Contains(x, StringComparison.Ordinal));

    [TestCaseSource(nameof(Structural))]
    public async Task The_schema_refuses_what_the_reader_refuses_for_its_form(Mistake mistake)
    {
        ArgumentNullException.ThrowIfNull(mistake);
        var (name, text) = mistake.Spoilt[0];
        Assert.That(await Complaints(name, text), Is.Not.Empty);
    }

    [Test]
    public async Task The_schema_has_nothing_against_what_is_good()
    {
        Assert.That(await Complaints(DefinitionFile.Instances, Plant.Instances), Is.Empty);
        Assert.That(await Complaints(Plant.PipelineFile, Plant.Pipeline), Is.Empty);
    }

    private static async Task<IEnumerable<string>> Complaints(string file, string text)
    {
        var schema = await JsonSchema.FromJsonAsync(file == DefinitionFile.Instances ? Schemas.Instances() : Schemas.Pipeline());
        var report = new FileReport(file);
        var tree = YamlTree.Read(text, report);
        return schema.Validate(tree is null ? JValue.CreateNull() : Json(tree)).Select(x => x.ToString());
    }

    /// <summary>As an editor sees YAML 1.2: plain words become numbers, truths and null.</summary>
    private static JToken Json(YamlPiece piece) => piece switch
    {
        YamlMap map => new JObject(map.Entries.Select(x => new JProperty(x.Key, Json(x.Value)))),
        YamlList list => new JArray(list.Items.Select(Json)),
        YamlText { IsNothing: true } => JValue.CreateNull(),
        YamlText { Plain: true, Value: "true" or "false" } text => new JValue(text.Value == "true"),
        YamlText { Plain: true } text when long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => new JValue(whole),
        YamlText { Plain: true } text when double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => new JValue(number),
        YamlText text => new JValue(text.Value),
        _ => JValue.CreateNull(),
    };
}

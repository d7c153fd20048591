using System.Text;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed;

/// <summary>Flows for tests, short enough to read.</summary>
internal static class Nodes
{
    public const string Tab = """{"id":"t1","type":"tab","label":"Orders","disabled":false}""";

    /// <summary><c>GET /smoke</c> answers with the text.</summary>
    public static string Smoke(string answer, params string[] more) => $$"""
        [{{Tab}},
         {"id":"in1","type":"http in","z":"t1","name":"ask","url":"/smoke","method":"get","x":1,"y":1,"wires":[["ch1"]]},
         {"id":"ch1","type":"change","z":"t1","name":"","rules":[{"t":"set","p":"payload","pt":"msg","to":"{{answer}}","tot":"str"}],"x":2,"y":1,"wires":[["out1"]]},
         {"id":"out1","type":"http response","z":"t1","name":"","statusCode":"","x":3,"y":1,"wires":[]}{{string.Concat(more.Select(node => $",{node}"))}}]
        """;

    public static RawFlows Raw(string json) => FakeNodeRed.AsNodeRedWrites(json);

    public static FlowSet Set(string json) => FlowSet.Parse(RawFlows.FromBytes(Encoding.UTF8.GetBytes(json))) switch
    {
        FlowSetAnswer.Read read => read.Flows,
        FlowSetAnswer.Refused refused => throw new ArgumentException(refused.Reason, nameof(json)),
        _ => throw new InvalidOperationException(),
    };

    public static CredentialsMap Secrets(params string[] nodeIds) => new(nodeIds.Select(id => KeyValuePair.Create(
        id, (IReadOnlyDictionary<string, string>)new Dictionary<string, string>(StringComparer.Ordinal) { ["user"] = "alice", ["password"] = "s3cret" })));
}

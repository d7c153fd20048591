using System.Text;

namespace Pipelines.Engine.Definitions;

/// <summary>A file of definitions: its name within the folder, and its bytes as they are.</summary>
public sealed record DefinitionFile(string Name, ReadOnlyMemory<byte> Content)
{
    public const string Instances = "instances.yaml";
    public const string PipelineEnding = ".pipeline.yaml";

    public DefinitionFile(string name, string text)
        : this(name, Encoding.UTF8.GetBytes(text))
    {
    }
}

namespace Pipelines.Engine.Definitions;

/// <summary>Where the definitions are, and how a running engine notices that they changed.</summary>
public sealed record DefinitionOptions
{
    /// <summary>The folder with <c>instances.yaml</c> and the files <c>*.pipeline.yaml</c>; subfolders are not read.</summary>
    public string Folder { get; init; } = "pipelines";

    /// <summary>How often the folder is read to see whether anything changed. Network mounts and ConfigMaps raise no event, so this is what finds their changes.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A change is taken up when the files have stayed the same for so long: editors and copies write in steps.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(250);
}

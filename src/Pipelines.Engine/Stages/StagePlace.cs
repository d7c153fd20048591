using Pipelines.Engine.Definitions;

namespace Pipelines.Engine.Stages;

/// <summary>Where a stage stands when its settings are judged: which instances there are.</summary>
public sealed class StagePlace
{
    private readonly IReadOnlyDictionary<string, InstanceDefinition?>? _instances;

    /// <param name="instances">By name; null for one that is defined wrongly, which is reported there. Null altogether when <c>instances.yaml</c> cannot be read.</param>
    internal StagePlace(IReadOnlyDictionary<string, InstanceDefinition?>? instances) => _instances = instances;

    /// <summary>The instance, or null when it is not defined or defined wrongly: then there is nothing to compare with.</summary>
    public InstanceDefinition? Instance(string name) => _instances?.GetValueOrDefault(name);

    /// <summary>Why flows cannot be taken from that instance; null when they can.</summary>
    public string? WhyNotDevelopment(string name) =>
        WhyNotDefined(name)
        ?? (Instance(name) is { IsDevelopment: false }
            ? $"'{name}' is an HA instance, and flows are taken from a development one.{Hint(name, x => x.IsDevelopment, "Development instances")}"
            : null);

    /// <summary>Why that instance cannot be a target; null when it can.</summary>
    public string? WhyNotTarget(string name) =>
        WhyNotDefined(name)
        ?? (Instance(name) is { IsDevelopment: true }
            ? $"'{name}' is a development instance, and flows are rolled out to the replicas of an HA one.{Hint(name, x => !x.IsDevelopment, "HA instances")}"
            : null);

    private string? WhyNotDefined(string name)
    {
        if (_instances is null || _instances.ContainsKey(name))
        {
            return null;
        }

        var nearest = NearestWord.Hint(name, _instances.Keys);
        return $"instance '{name}' is not defined.{(nearest.Length > 0 ? nearest : $" Define it in {DefinitionFile.Instances}.")}";
    }

    private string Hint(string except, Func<InstanceDefinition, bool> fits, string what)
    {
        var names = _instances!.Values.OfType<InstanceDefinition>().Where(x => x.Name != except && fits(x)).Select(x => x.Name).ToList();
        return names.Count > 0 ? $" {what}: {string.Join(", ", names)}." : $" Define one in {DefinitionFile.Instances}.";
    }
}

using FluentValidation;

namespace Pipelines.Engine.Definitions.Rules;

internal sealed class InstancesFileValidator : AbstractValidator<InstancesFile>
{
    public InstancesFileValidator()
    {
        RuleForEach(x => x.Instances).SetValidator(new InstanceDefinitionValidator());
        RuleFor(x => x).Custom((file, context) =>
        {
            // Two names for one process would be two targets, and two promotions on it would not see each other (I2).
            var seen = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (path, who, url) in file.Instances.Index().SelectMany(x => Urls(x.Index, x.Item)))
            {
                if (!seen.TryAdd(InstanceDefinitionValidator.Key(url)!, who))
                {
                    context.Refuse($"{who} has the admin URL of {seen[InstanceDefinitionValidator.Key(url)!]}. Write its own.", path, path.Replace(".Admin", "", StringComparison.Ordinal));
                }
            }
        });
    }

    private static IEnumerable<(string Path, string Who, Uri Url)> Urls(int index, InstanceDefinition instance)
    {
        if (instance.Admin is not null)
        {
            yield return ($"Instances[{index}].Admin", $"instance '{instance.Name}'", instance.Admin);
        }

        foreach (var (at, replica) in instance.Replicas.Index().Where(x => x.Item.Admin is not null))
        {
            yield return ($"Instances[{index}].Replicas[{at}].Admin", $"replica '{replica.Name}' of '{instance.Name}'", replica.Admin);
        }
    }
}

namespace Pipelines.Engine.Definitions.Secrets;

/// <summary>Turns references into secrets, at the moment of use: a rotated secret is taken up without a reload, and none is kept.</summary>
public sealed class SecretResolver(Func<string, string?> environment, Func<string, string> readFile)
{
    public SecretResolver()
        : this(Environment.GetEnvironmentVariable, File.ReadAllText)
    {
    }

    /// <exception cref="SecretMissingException">There is nothing where the reference points; the message says how to cure it.</exception>
    public Secret Resolve(SecretReference reference) => reference.Source switch
    {
        SecretSource.Environment => FromEnvironment(reference),
        _ => FromFile(reference),
    };

    /// <summary>For what may be written in clear or as a reference, such as a user's name.</summary>
    /// <exception cref="SecretMissingException">It is a reference, and there is nothing where it points.</exception>
    public Secret Resolve(string text) => SecretReference.TryParse(text, out var reference) ? Resolve(reference) : new Secret(text);

    /// <summary>Every secret of these instances that cannot be resolved now, each as a sentence. Readiness shows them.</summary>
    public IReadOnlyList<SecretProblem> CheckSecrets(IEnumerable<InstanceDefinition> instances)
    {
        var problems = new List<SecretProblem>();
        foreach (var instance in instances)
        {
            foreach (var (where, secret) in instance.Secrets())
            {
                try
                {
                    Resolve(secret);
                }
                catch (SecretMissingException e)
                {
                    problems.Add(new(instance.Name, where, secret, e.Message));
                }
            }
        }

        return problems;
    }

    private Secret FromEnvironment(SecretReference reference) =>
        environment(reference.Name) is { Length: > 0 } value
            ? new(value)
            : throw new SecretMissingException(reference, $"{reference} is not set. Set the environment variable {reference.Name} where the engine runs.");

    private Secret FromFile(SecretReference reference)
    {
        string text;
        try
        {
            text = readFile(reference.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SecretMissingException(reference, $"{reference} cannot be read ({e.GetType().Name}). Mount the file where the engine runs, readable for it.");
        }

        // Editors and `echo` end a file with a line break that is not part of the secret.
        text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        return text.Length > 0
            ? new(text)
            : throw new SecretMissingException(reference, $"{reference} is empty. Write the secret into the file.");
    }
}

/// <summary>A secret that cannot be resolved: whose, which field, and the sentence with the cure.</summary>
public sealed record SecretProblem(string Instance, string Where, SecretReference Secret, string Text)
{
    public override string ToString() => $"instance '{Instance}', {Where}: {Text}";
}

/// <summary>There is nothing where a secret reference points. The message names the reference and the cure, never a value.</summary>
public sealed class SecretMissingException(SecretReference reference, string message) : Exception(message)
{
    public SecretReference Reference { get; } = reference;
}

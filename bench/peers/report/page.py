def write_page(path, result):
    pass
